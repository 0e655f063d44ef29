(** A system of linear equations whose coefficients are rational functions, with one solution at a
    point, has rational functions as its solution near the point. *)
From Coq Require Import Reals Lra Lia List.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum.
Import ListNotations.
Local Open Scope R_scope.

Notation function := rational_function.
Notation environment := (parameter -> R).
Notation eval := evaluated_at.

(** Rational functions are continuous where they have no pole. *)
Definition close_on (allowed : parameter -> Prop) (eps : R) (e0 e : environment) : Prop :=
  forall c, allowed c -> Rabs (e c - e0 c) < eps.
Lemma close_smaller allowed eps eps' e0 e : eps' <= eps -> close_on allowed eps' e0 e ->
  close_on allowed eps e0 e.
Proof. intros H Hc c Ha. specialize (Hc c Ha). lra. Qed.
Lemma inverse_close u eps : u <> 0 -> 0 < eps -> exists r, 0 < r /\
  forall u', Rabs (u' - u) < r -> u' <> 0 /\ Rabs (/ u' - / u) < eps.
Proof.
  intros Hu He. pose proof (Rabs_pos_lt u Hu) as Ha.
  assert (Hsq : 0 < eps * (Rabs u * Rabs u) / 2) by (repeat apply Rmult_lt_0_compat; lra).
  exists (Rmin (Rabs u / 2) (eps * (Rabs u * Rabs u) / 2)). split; [apply Rmin_glb_lt; lra|].
  intros u' H.
  assert (H1 : Rabs (u' - u) < Rabs u / 2) by (eapply Rlt_le_trans; [exact H | apply Rmin_l]).
  assert (H2 : Rabs (u' - u) < eps * (Rabs u * Rabs u) / 2)
    by (eapply Rlt_le_trans; [exact H | apply Rmin_r]).
  assert (H3 : Rabs u / 2 < Rabs u').
  { pose proof (Rabs_triang (u - u') u') as Ht. replace (u - u' + u') with u in Ht by ring.
    rewrite (Rabs_minus_sym u u') in Ht. lra. }
  assert (Hu' : u' <> 0) by (intros ->; rewrite Rabs_R0 in H3; lra).
  split; [exact Hu'|]. replace (/ u' - / u) with ((u - u') / (u' * u)) by (field; auto).
  unfold Rdiv. rewrite Rabs_mult, Rabs_inv, Rabs_mult, (Rabs_minus_sym u u').
  assert (Hp : 0 < Rabs u' * Rabs u) by (apply Rmult_lt_0_compat; lra).
  apply (Rmult_lt_reg_r (Rabs u' * Rabs u)); [exact Hp|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (eps * (Rabs u / 2 * Rabs u) < eps * (Rabs u' * Rabs u)); [|lra].
  apply Rmult_lt_compat_l; [exact He|]. now apply Rmult_lt_compat_r.
Qed.
Lemma eval_close allowed e0 f : uses_only allowed f -> no_pole e0 f -> forall eta, 0 < eta ->
  exists eps, 0 < eps /\ forall e, close_on allowed eps e0 e ->
    no_pole e f /\ Rabs (eval e f - eval e0 f) < eta.
Proof.
  induction f as [r|c|f IHf g IHg|f IHf g IHg|f IHf]; simpl; intros Hu Hn eta He.
  - exists 1. split; [lra|]. intros e _. rewrite Rminus_eq_0, Rabs_R0. auto.
  - exists eta. split; [exact He|]. intros e Hc. split; [exact I | now apply Hc].
  - destruct Hu as [Hf Hg], Hn as [Nf Ng].
    destruct (IHf Hf Nf (eta / 2) ltac:(lra)) as (r1 & H1 & A1).
    destruct (IHg Hg Ng (eta / 2) ltac:(lra)) as (r2 & H2 & A2).
    exists (Rmin r1 r2). split; [now apply Rmin_glb_lt|]. intros e Hc.
    destruct (A1 e (close_smaller _ _ _ _ _ (Rmin_l r1 r2) Hc)) as [B1 C1].
    destruct (A2 e (close_smaller _ _ _ _ _ (Rmin_r r1 r2) Hc)) as [B2 C2].
    split; [auto|]. apply Rabs_def2 in C1 as [C1 C1']. apply Rabs_def2 in C2 as [C2 C2'].
    apply Rabs_def1; lra.
  - destruct Hu as [Hf Hg], Hn as [Nf Ng].
    destruct (product_close (eval e0 f) (eval e0 g) eta He) as (r & Hr & A).
    destruct (IHf Hf Nf r Hr) as (r1 & H1 & A1). destruct (IHg Hg Ng r Hr) as (r2 & H2 & A2).
    exists (Rmin r1 r2). split; [now apply Rmin_glb_lt|]. intros e Hc.
    destruct (A1 e (close_smaller _ _ _ _ _ (Rmin_l r1 r2) Hc)) as [B1 C1].
    destruct (A2 e (close_smaller _ _ _ _ _ (Rmin_r r1 r2) Hc)) as [B2 C2].
    split; [auto|]. now apply A.
  - destruct Hn as [Nf Hne]. destruct (inverse_close _ eta Hne He) as (r & Hr & A).
    destruct (IHf Hu Nf r Hr) as (r1 & H1 & A1). exists r1. split; [exact H1|]. intros e Hc.
    destruct (A1 e Hc) as [B1 C1]. destruct (A _ C1). auto.
Qed.

(** ** Equations: coefficients and right side *)
Notation equation := (list function * function)%type.
Fixpoint against (e : environment) (coefs : list function) (u : list R) : R :=
  match coefs, u with f :: coefs', a :: u' => eval e f * a + against e coefs' u' | _, _ => 0 end.
Definition holds (e : environment) (u : list R) (eq : equation) : Prop :=
  against e (fst eq) u = eval e (snd eq).
Definition equation_ok (allowed : parameter -> Prop) (e0 : environment) (m : nat) (eq : equation)
    : Prop :=
  length (fst eq) = m /\ (forall f, In f (fst eq) -> uses_only allowed f /\ no_pole e0 f)
  /\ uses_only allowed (snd eq) /\ no_pole e0 (snd eq).

(** h - s g, and this for whole equations: eliminating the first unknown. *)
Definition minus_times (s h g : function) : function := Plus h (Times (Number (-1)) (Times s g)).
Definition multiplier (pivot eq : equation) : function :=
  Times (hd (Number 0) (fst eq)) (Inverse (hd (Number 0) (fst pivot))).
Definition eliminate (pivot eq : equation) : equation :=
  let s := multiplier pivot eq in
  (map (fun hg => minus_times s (fst hg) (snd hg)) (combine (tl (fst eq)) (tl (fst pivot))),
   minus_times s (snd eq) (snd pivot)).
Fixpoint function_sum (coefs gs : list function) : function :=
  match coefs, gs with f :: coefs', g :: gs' => Plus (Times f g) (function_sum coefs' gs') | _, _ => Number 0 end.
Definition back (pivot : equation) (gs : list function) : function :=
  Times (minus_times (Number 1) (snd pivot) (function_sum (tl (fst pivot)) gs))
        (Inverse (hd (Number 0) (fst pivot))).

Lemma against_eliminated e s fs : forall gs u, length fs = length gs ->
  against e (map (fun hg => minus_times s (fst hg) (snd hg)) (combine fs gs)) u
  = against e fs u - eval e s * against e gs u.
Proof.
  induction fs as [|f fs IH]; intros [|g gs] u H; try discriminate; [simpl; ring|].
  destruct u as [|a u]; [simpl; ring|]. simpl. rewrite IH by (simpl in H; lia). ring.
Qed.
Lemma function_sum_value e coefs gs :
  eval e (function_sum coefs gs) = against e coefs (map (eval e) gs).
Proof.
  revert gs. induction coefs as [|f coefs IH]; intros [|g gs]; try reflexivity.
  simpl. now rewrite IH.
Qed.

Lemma choose_pivot e0 (eqs : list equation) :
  (exists front pivot rear, eqs = front ++ pivot :: rear /\ eval e0 (hd (Number 0) (fst pivot)) <> 0)
  \/ forall eq, In eq eqs -> eval e0 (hd (Number 0) (fst eq)) = 0.
Proof.
  induction eqs as [|eq eqs [(f & pv & r & -> & H)|H]].
  - right. intros eq [].
  - left. exists (eq :: f), pv, r. auto.
  - destruct (Req_dec (eval e0 (hd (Number 0) (fst eq))) 0) as [E|E].
    + right. intros eq' [<-|Hin]; auto.
    + left. exists [], eq, eqs. auto.
Qed.

Theorem solve_near allowed e0 m : forall eqs, length eqs = m ->
  (forall eq, In eq eqs -> equation_ok allowed e0 m eq) ->
  (forall u, length u = m -> (forall eq, In eq eqs -> against e0 (fst eq) u = 0) ->
     forall a, In a u -> a = 0) ->
  exists gs, length gs = m /\ (forall g, In g gs -> uses_only allowed g)
  /\ exists eps, 0 < eps /\ forall e, close_on allowed eps e0 e ->
       (forall g, In g gs -> no_pole e g)
       /\ forall u, length u = m -> ((forall eq, In eq eqs -> holds e u eq) <-> u = map (eval e) gs).
Proof.
  induction m as [|m IH]; intros eqs Hlen Hok Hinj.
  { destruct eqs; [|discriminate]. exists []. split; [reflexivity|]. split; [intros g []|].
    exists 1. split; [lra|]. intros e _. split; [intros g []|]. intros [|a u] Hu; [|discriminate].
    split; [reflexivity|]. intros _ eq []. }
  destruct (choose_pivot e0 eqs) as [(front & pivot & rear & -> & Hpivot)|Hzero].
  2: { exfalso. apply R1_neq_R0. apply (Hinj (1 :: repeat 0 m)); [simpl; now rewrite repeat_length| |now left].
       intros eq Heq. specialize (Hzero eq Heq). destruct (Hok eq Heq) as [Hl _].
       destruct eq as [[|f coefs] b]; [discriminate|]. simpl in *. rewrite Hzero.
       assert (E : forall l n, against e0 l (repeat 0 n) = 0).
       { clear. induction l as [|f l IH]; intros [|n]; simpl; try reflexivity. rewrite IH. ring. }
       rewrite E. ring. }
  set (others := front ++ rear).
  assert (Hothers : forall eq, In eq others -> equation_ok allowed e0 (S m) eq).
  { intros eq Heq. apply Hok. apply in_app_or in Heq as [?|?]; apply in_or_app; simpl; auto. }
  assert (Hpok : equation_ok allowed e0 (S m) pivot) by (apply Hok, in_or_app; simpl; auto).
  destruct pivot as [[|a r] b]; [now destruct Hpok|]. simpl in Hpivot.
  destruct Hpok as (Hlr & Hr & Hbu & Hbn). simpl in Hlr, Hr, Hbu, Hbn.
  assert (Ha : uses_only allowed a /\ no_pole e0 a) by (apply Hr; now left).
  assert (Hsplit : forall (X : equation -> Prop), (forall eq, In eq (front ++ (a :: r, b) :: rear) -> X eq)
    <-> X (a :: r, b) /\ forall eq, In eq others -> X eq).
  { intros X. unfold others. split.
    - intros H. split; [apply H, in_or_app; simpl; auto|]. intros eq Heq. apply H.
      apply in_app_or in Heq as [?|?]; apply in_or_app; simpl; auto.
    - intros [H1 H2] eq Heq. apply in_app_or in Heq as [?|[<-|?]]; auto; apply H2, in_or_app; auto. }
  assert (Hform : forall eq, In eq others -> exists h f c, eq = (h :: f, c) /\ length f = length r).
  { intros [[|h f] c] Heq; destruct (Hothers _ Heq) as [Hl _]; [discriminate|].
    exists h, f, c. split; [reflexivity|]. simpl in Hl. lia. }
  set (reduced := map (eliminate (a :: r, b)) others).
  assert (Hlen' : length reduced = m).
  { unfold reduced, others. rewrite map_length, app_length. rewrite app_length in Hlen. simpl in Hlen. lia. }
  assert (Hred : forall e h f c u, length f = length r -> eval e a <> 0 ->
    against e (fst (eliminate (a :: r, b) (h :: f, c))) u
    = against e f u - eval e h * / eval e a * against e r u).
  { intros e h f c u Hl He. unfold eliminate. cbn [fst snd tl]. now rewrite against_eliminated. }
  destruct (IH reduced Hlen') as (gs & Hgl & Hgu & eps1 & He1 & Hsol).
  { intros eq Heq. apply in_map_iff in Heq as (eq0 & <- & Heq0).
    destruct (Hform eq0 Heq0) as (h & f & c & -> & Hl). destruct (Hothers _ Heq0) as (_ & Hf & Hcu & Hcn).
    simpl in Hf, Hcu, Hcn. assert (Hh := Hf h (or_introl eq_refl)).
    unfold equation_ok, eliminate, multiplier. cbn [fst snd tl hd]. split; [|split].
    - rewrite map_length, combine_length. simpl in Hlr. lia.
    - intros g Hg. apply in_map_iff in Hg as ([f1 g1] & <- & Hin). cbn [fst snd].
      assert (Hf1 := Hf f1 (or_intror (in_combine_l _ _ _ _ Hin))).
      assert (Hg1 := Hr g1 (or_intror (in_combine_r _ _ _ _ Hin))). simpl. tauto.
    - simpl. tauto. }
  { intros u Hu Hz. set (u0 := - against e0 r u * / eval e0 a).
    intros z Hin. apply (Hinj (u0 :: u)); [simpl; congruence| |now right].
    apply (proj2 (Hsplit (fun eq => against e0 (fst eq) (u0 :: u) = 0))). split.
    - simpl. unfold u0. field. exact Hpivot.
    - intros eq Heq. destruct (Hform eq Heq) as (h & f & c & -> & Hl).
      specialize (Hz (eliminate (a :: r, b) (h :: f, c)) (in_map _ _ _ Heq)).
      rewrite Hred in Hz by auto. simpl. unfold u0.
      transitivity (against e0 f u - eval e0 h * / eval e0 a * against e0 r u); [ring | exact Hz]. }
  destruct (eval_close allowed e0 a (proj1 Ha) (proj2 Ha) (Rabs (eval e0 a)) (Rabs_pos_lt _ Hpivot))
    as (eps2 & He2 & Hclose).
  assert (Hback : exists eps3, 0 < eps3 /\ forall e, close_on allowed eps3 e0 e ->
    no_pole e b /\ forall f, In f r -> no_pole e f).
  { destruct (eval_close allowed e0 b Hbu Hbn 1 ltac:(lra)) as (r1 & H1 & A1).
    assert (Hl : forall l, (forall f, In f l -> uses_only allowed f /\ no_pole e0 f) ->
      exists r2, 0 < r2 /\ forall e, close_on allowed r2 e0 e -> forall f, In f l -> no_pole e f).
    { induction l as [|f l IHl]; intros H; [exists 1; split; [lra|]; intros e _ f []|].
      destruct IHl as (r2 & H2 & A2); [intros f' Hin; apply H; now right|].
      destruct (H f (or_introl eq_refl)) as [Hfu Hfn].
      destruct (eval_close allowed e0 f Hfu Hfn 1 ltac:(lra)) as (r3 & H3 & A3).
      exists (Rmin r2 r3). split; [now apply Rmin_glb_lt|]. intros e Hc f' [<-|Hin].
      - now apply (A3 e (close_smaller _ _ _ _ _ (Rmin_r r2 r3) Hc)).
      - now apply (A2 e (close_smaller _ _ _ _ _ (Rmin_l r2 r3) Hc)). }
    destruct (Hl r) as (r2 & H2 & A2); [intros f Hin; apply Hr; now right|].
    exists (Rmin r1 r2). split; [now apply Rmin_glb_lt|]. intros e Hc. split.
    - now apply (A1 e (close_smaller _ _ _ _ _ (Rmin_l r1 r2) Hc)).
    - now apply (A2 e (close_smaller _ _ _ _ _ (Rmin_r r1 r2) Hc)). }
  destruct Hback as (eps3 & He3 & Hback).
  assert (Hsums : forall (X : function -> Prop) l gs', X (Number 0) ->
    (forall f g, X f -> X g -> X (Plus f g)) -> (forall f g, X f -> X g -> X (Times f g)) ->
    (forall f, In f l -> X f) -> (forall g, In g gs' -> X g) -> X (function_sum l gs')).
  { intros X l gs' H0 Hp Ht. revert gs'. induction l as [|f l IHl]; intros [|g gs'] Hl Hg; auto.
    simpl. apply Hp; [apply Ht; [apply Hl | apply Hg]; now left|].
    apply IHl; intros; [apply Hl | apply Hg]; now right. }
  exists (back (a :: r, b) gs :: gs). split; [simpl; congruence|]. split.
  { intros g [<-|Hg]; [|now apply Hgu]. unfold back. simpl. repeat split; try tauto.
    apply (Hsums (uses_only allowed)); simpl; auto. intros f Hin. apply Hr. now right. }
  exists (Rmin eps1 (Rmin eps2 eps3)).
  pose proof (Rmin_l eps1 (Rmin eps2 eps3)). pose proof (Rmin_r eps1 (Rmin eps2 eps3)).
  pose proof (Rmin_l eps2 eps3). pose proof (Rmin_r eps2 eps3).
  split; [repeat apply Rmin_glb_lt; auto|]. intros e Hc.
  assert (C1 : close_on allowed eps1 e0 e) by (refine (close_smaller _ _ _ _ _ _ Hc); lra).
  assert (C2 : close_on allowed eps2 e0 e) by (refine (close_smaller _ _ _ _ _ _ Hc); lra).
  assert (C3 : close_on allowed eps3 e0 e) by (refine (close_smaller _ _ _ _ _ _ Hc); lra).
  destruct (Hsol e C1) as [Hgn Hiff].
  destruct (Hclose e C2) as [Han Hav].
  destruct (Hback e C3) as [Hbn' Hrn'].
  assert (Hae : eval e a <> 0).
  { intros E. rewrite E in Hav. unfold Rminus in Hav. rewrite Rplus_0_l, Rabs_Ropp in Hav. lra. }
  split.
  { intros g [<-|Hg]; [|now apply Hgn]. unfold back. simpl. repeat split; auto.
    apply (Hsums (no_pole e)); simpl; auto. }
  intros [|u0 u] Hu; [discriminate|]. simpl in Hu. injection Hu as Hu.
  rewrite (Hsplit (holds e (u0 :: u))). specialize (Hiff u Hu).
  assert (Hfirst : holds e (u0 :: u) (a :: r, b)
    <-> u0 = (eval e b - against e r u) * / eval e a).
  { unfold holds. simpl. split; intros E.
    - rewrite <- E. field. exact Hae.
    - rewrite E. field. exact Hae. }
  assert (Hrest : holds e (u0 :: u) (a :: r, b) ->
    ((forall eq, In eq others -> holds e (u0 :: u) eq) <-> forall eq, In eq reduced -> holds e u eq)).
  { intros Hp. apply Hfirst in Hp.
    assert (Heach : forall eq, In eq others ->
      (holds e (u0 :: u) eq <-> holds e u (eliminate (a :: r, b) eq))).
    { intros eq Heq. destruct (Hform eq Heq) as (h & f & c & -> & Hl).
      unfold holds at 2. rewrite Hred by auto. unfold holds, eliminate, multiplier. simpl. rewrite Hp.
      split; intros E; [rewrite <- E; field; exact Hae|].
      transitivity (against e f u - eval e h * / eval e a * against e r u
        + eval e h * / eval e a * eval e b); [field; exact Hae|]. rewrite E. ring. }
    unfold reduced. split.
    - intros H' eq Heq. apply in_map_iff in Heq as (eq0 & <- & Heq0). apply Heach; auto.
    - intros H' eq Heq. apply Heach; auto. apply H'. now apply in_map. }
  assert (Hb0 : eval e (back (a :: r, b) gs) = (eval e b - against e r (map (eval e) gs)) * / eval e a).
  { unfold back. simpl. rewrite function_sum_value. ring. }
  cbn [map]. rewrite Hb0. split.
  - intros [Hp Ho]. pose proof (proj1 (Hrest Hp) Ho) as Hr'. apply Hiff in Hr'.
    apply Hfirst in Hp. rewrite <- Hr'. now rewrite Hp.
  - intros E. injection E as E0 E1. pose proof (proj2 Hiff E1) as Hr'.
    assert (Hp : holds e (u0 :: u) (a :: r, b)) by (apply Hfirst; now rewrite E1).
    split; [exact Hp|]. now apply (Hrest Hp).
Qed.
