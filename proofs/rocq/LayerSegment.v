(** Segments of local minima of networks given by layers: along P + t (P1 - P), 0 <= t <= 1, every
    pre-activation is a polynomial in t.  It stays inside the linear piece in which it starts if its
    Bernstein coefficients lie inside, for it is a convex combination of them. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool FunctionalExtensionality.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum Claims LayerClaims
  Integers Prepare Facts LayerChecks.
Import ListNotations.
Local Open Scope Z_scope.

(** A polynomial in t, the constant coefficient first. *)
Notation poly := (list Z).
Fixpoint padd (f g : poly) : poly :=
  match f, g with
  | a :: f', b :: g' => a + b :: padd f' g' | [], _ => g | _, [] => f
  end.
(** The coefficients c_i of f(t) = sum_i c_i t^i (1 - t)^(n - i), n the degree: Bernstein's times
    binomial coefficients. *)
Fixpoint binomials (n : nat) : poly :=
  match n with O => [1] | S k => let l := binomials k in padd (0 :: l) (l ++ [0]) end.
Fixpoint bernstein (f : poly) : poly :=
  match f with
  | [] => [] | a :: f' => padd (smul a (binomials (length f'))) (0 :: bernstein f')
  end.
(** Positive for 0 <= t <= 1. *)
Definition stays_positive (f : poly) : bool := forallb (Z.ltb 0) (bernstein f).

Section Following.
Variables (A : positive) (pcs : list (piece Z)).

Definition stays_inside (unit : positive) (pc : piece Z) (f : poly) : bool :=
  match low pc with
  | Some a => stays_positive (padd (smul (Zpos A) f) [- (a * Zpos unit)]) | None => true end
  && match high pc with
     | Some b => stays_positive (padd (smul (Zneg A) f) [b * Zpos unit]) | None => true end.
Definition at_piece_poly (unit : positive) (pc : piece Z) (f : poly) : poly :=
  padd (smul (slope pc) f) [shift pc * Zpos unit].

(** A row, first at the start and then how it moves, applied to a vector of polynomials. *)
Fixpoint combined (r : row) (v : list poly) : poly :=
  match r, v with a :: r', f :: v' => padd (smul a f) (combined r' v') | _, _ => [] end.
Definition moving_values (unit : positive) (l : list (row * row)) (v : list poly) : list poly :=
  let v1 := v ++ [[Zpos unit]] in
  map (fun rm => padd (combined (fst rm) v1) (0 :: combined (snd rm) v1)) l.

Fixpoint follow (ls : list (positive * list (row * row))) (unit : positive) (vs : list (list poly))
    : bool :=
  match ls with
  | [] => true
  | (D, l) :: ls' =>
      let unit' := (D * unit)%positive in
      let ts := map (moving_values unit l) vs in
      match ls' with
      | [] => forallb (forallb (fun f => all_zero (tl f))) ts
      | _ =>
          let first := map (fun f => piece_at A unit' pcs (hd 0 f)) (hd [] ts) in
          forallb (for_all2 (stays_inside unit') first) ts
          && follow ls' (A * unit')%positive
               (map (fun v => map (fun pf => at_piece_poly unit' (fst pf) (snd pf))
                                  (combine first v)) ts)
      end
  end.
End Following.

(** The rows of two layers over one denominator: the first, and the difference. *)
Definition moving_rows (D : positive) (l l' : layer_parameters) : list (row * row) :=
  map (fun rr => (fst rr, vadd (snd rr) (smul (-1) (fst rr))))
      (combine (clear_rows D (with_biases l)) (clear_rows D (with_biases l'))).
Definition moving_layers (ds : list positive) (P P' : list layer_parameters)
    : list (positive * list (row * row)) :=
  map (fun Dll => (fst Dll, moving_rows (fst Dll) (fst (snd Dll)) (snd (snd Dll))))
      (combine ds (combine P P')).

Fixpoint equal_layers (n : nat) (P P' : list layer_parameters) : bool :=
  match P, P' with
  | l :: Q, l' :: Q' =>
      forallb (fun i => forallb (fun q =>
          Qeq_bool (nth q (nth i (layer_w l') []) 0%Q) (nth q (nth i (layer_w l) []) 0%Q)) (seq 0 n)
        && Qeq_bool (nth i (layer_b l') 0%Q) (nth i (layer_b l) 0%Q)) (seq 0 (length (layer_w l)))
      && equal_layers (length (layer_w l)) Q Q'
  | _, _ => true
  end.

(** [ds]: common denominators of the layers of both ends. *)
Definition check_layers_segment (S : layer_setting) (P : list layer_parameters)
    (D : layer_denominators) (last : list layer_parameters) (ds : list positive) : bool :=
  check_layers_local_minimum S P D
  && layers_well_formed S last && same_lengths last P
  && negb (equal_layers (feature_count S) P last)
  && for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds P
  && for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds last
  && follow (den_activation D) (map (clear_piece (den_activation D)) (activation_pieces S))
       (moving_layers ds P last) (den_features D)
       (map (map (fun a => [a])) (clear_rows (den_features D) (features_x S))).

(** ** Polynomials *)
Local Open Scope R_scope.
Fixpoint value (f : poly) (t : R) : R :=
  match f with [] => 0 | a :: f' => IZR a + t * value f' t end.
Lemma value_padd f g t : value (padd f g) t = value f t + value g t.
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; try lra.
  rewrite plus_IZR, IH. ring.
Qed.
Lemma value_smul a f t : value (smul a f) t = IZR a * value f t.
Proof. induction f as [|b f IH]; simpl; [ring|]. fold (smul a f). rewrite mult_IZR, IH. ring. Qed.
Lemma value_zero_tail f t : all_zero (tl f) = true -> value f t = value f 0.
Proof.
  destruct f as [|a f]; [reflexivity|]. simpl. intros H. assert (E : value f t = 0).
  { clear a. induction f as [|b f IH]; [reflexivity|]. simpl in *. apply andb_prop in H as [Hb H].
    destruct b; try discriminate. rewrite (IH H). ring. }
  rewrite E. ring.
Qed.
Lemma value_at_0 f : value f 0 = IZR (hd 0%Z f).
Proof. destruct f; simpl; ring. Qed.
Lemma length_padd f g : length (padd f g) = Nat.max (length f) (length g).
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; auto.
Qed.
Lemma length_binomials n : length (binomials n) = S n.
Proof.
  induction n as [|n IH]; [reflexivity|]. change (binomials (S n)) with
    (padd (0%Z :: binomials n) (binomials n ++ [0%Z])).
  rewrite length_padd, app_length. cbn [length]. rewrite IH. lia.
Qed.
Lemma length_bernstein f : length (bernstein f) = length f.
Proof.
  induction f as [|a f IH]; [reflexivity|]. cbn [bernstein length].
  rewrite length_padd, length_smul, length_binomials. cbn [length]. rewrite IH. lia.
Qed.

(** sum_i c_i t^i u^(n - i) *)
Fixpoint homogeneous (c : poly) (t u : R) : R :=
  match c with [] => 0 | a :: c' => IZR a * u ^ length c' + t * homogeneous c' t u end.
Lemma homogeneous_padd c e t u : length c = length e ->
  homogeneous (padd c e) t u = homogeneous c t u + homogeneous e t u.
Proof.
  revert e. induction c as [|a c IH]; intros [|b e] H; simpl in *; try discriminate; [ring|].
  injection H as H. rewrite plus_IZR, IH, length_padd, <- H, Nat.max_id by exact H. ring.
Qed.
Lemma homogeneous_smul a c t u : homogeneous (smul a c) t u = IZR a * homogeneous c t u.
Proof.
  induction c as [|b c IH]; simpl; [ring|]. fold (smul a c). rewrite mult_IZR, IH, length_smul. ring.
Qed.
Lemma homogeneous_last_zero c t u : homogeneous (c ++ [0%Z]) t u = u * homogeneous c t u.
Proof.
  induction c as [|a c IH]; simpl; [ring|]. rewrite IH, app_length, Nat.add_comm. simpl. ring.
Qed.
Lemma homogeneous_binomials n t u : homogeneous (binomials n) t u = (t + u) ^ n.
Proof.
  induction n as [|n IH]; [simpl; ring|]. change (binomials (S n)) with
    (padd (0%Z :: binomials n) (binomials n ++ [0%Z])).
  rewrite homogeneous_padd by (rewrite app_length; cbn [length]; lia).
  rewrite homogeneous_last_zero. simpl. rewrite IH. ring.
Qed.
Lemma homogeneous_bernstein f t : homogeneous (bernstein f) t (1 - t) = value f t.
Proof.
  induction f as [|a f IH]; [reflexivity|]. cbn [bernstein]. rewrite homogeneous_padd.
  - rewrite homogeneous_smul, homogeneous_binomials. simpl homogeneous. rewrite IH.
    replace (t + (1 - t)) with 1 by ring. rewrite pow1. simpl. ring.
  - rewrite length_smul, length_binomials. cbn [length]. now rewrite length_bernstein.
Qed.
Lemma homogeneous_positive c t : 0 <= t <= 1 -> c <> [] -> forallb (Z.ltb 0) c = true ->
  0 < homogeneous c t (1 - t).
Proof.
  intros Ht. induction c as [|a c IH]; intros Hne H; [congruence|]. simpl in H.
  apply andb_prop in H as [Ha H]. apply Z.ltb_lt, IZR_lt in Ha. simpl.
  destruct c as [|b c]; [simpl; lra|]. specialize (IH ltac:(discriminate) H).
  set (r := homogeneous (b :: c) t (1 - t)) in *.
  destruct (Req_dec t 0) as [->|Hn].
  - rewrite Rminus_0_r, pow1. lra.
  - assert (0 <= (1 - t) ^ length (b :: c)) by (apply pow_le; lra). nra.
Qed.
Lemma stays_positive_spec f t : 0 <= t <= 1 -> f <> [] -> stays_positive f = true -> 0 < value f t.
Proof.
  intros Ht Hne H. rewrite <- homogeneous_bernstein. apply homogeneous_positive; auto.
  destruct f as [|a f]; [congruence|]. intros E. apply (f_equal (@length Z)) in E.
  rewrite length_bernstein in E. discriminate.
Qed.

(** ** Following the segment *)
Lemma combined_value r v t : value (combined r v) t
  = sum (Nat.min (length r) (length v)) (fun q => zvec r q * value (nth q v []) t).
Proof.
  revert v. induction r as [|a r IH]; intros [|f v]; try reflexivity. simpl length.
  rewrite <- Nat.succ_min_distr, sum_shift. simpl combined. rewrite value_padd, value_smul, IH.
  reflexivity.
Qed.

Lemma combined_minus r r' v t : length r' = length r ->
  value (combined (vadd r' (smul (-1) r)) v) t = value (combined r' v) t - value (combined r v) t.
Proof.
  revert r' v. induction r as [|a r IH]; intros [|a' r'] v H; try discriminate.
  - simpl. ring.
  - injection H as H. destruct v as [|f v]; [simpl; ring|].
    cbn [vadd smul map combined]. rewrite !value_padd, !value_smul.
    change (map (Z.mul (-1)) r) with (smul (-1) r). rewrite IH by exact H.
    rewrite plus_IZR, mult_IZR. ring.
Qed.

Section Following.
Variable S : layer_setting.
Variable A : positive.
Hypothesis A_ok : forallb (all_divide A) (activation_pieces S) = true.
Hypothesis form : negb (Nat.eqb (length (knots S)) 0) = true /\ increasing (knots S) = true
  /\ length (piece_slopes S) = (1 + length (knots S))%nat.
Notation p := (layer_problem_of S).
Notation N := (data_points p).
Notation pcs := (map (clear_piece A) (activation_pieces S)).

Lemma stays_inside_spec unit pc f t tau : In pc (activation_pieces S) -> 0 <= t <= 1 ->
  stays_inside A unit (clear_piece A pc) f = true -> value f t = IZR (Zpos unit) * tau ->
  inside pc tau.
Proof.
  intros Hpc Ht H Hv. apply (piece_divides S A A_ok) in Hpc. unfold all_divide in Hpc.
  repeat rewrite andb_true_iff in Hpc. destruct Hpc as [[[Hl Hh] _] _].
  unfold stays_inside in H. simpl in H. apply andb_prop in H as [H1 H2].
  pose proof (IZR_Zpos unit). pose proof (IZR_Zpos A).
  assert (0 < IZR (Zpos unit) * IZR (Zpos A)) by now apply Rmult_lt_0_compat.
  assert (Hne : forall g a, padd g [a] <> []) by (intros [|b g] a; discriminate). split.
  - destruct (low pc) as [a|]; simpl in *; [|exact I].
    apply (stays_positive_spec _ t Ht (Hne _ _)) in H1. rewrite value_padd, value_smul, Hv in H1.
    simpl value in H1. rewrite opp_IZR, mult_IZR, (clear_spec A a Hl) in H1. nra.
  - destruct (high pc) as [b|]; simpl in *; [|exact I].
    apply (stays_positive_spec _ t Ht (Hne _ _)) in H2. rewrite value_padd, value_smul, Hv in H2.
    simpl value in H2. rewrite mult_IZR, (clear_spec A b Hh) in H2.
    change (IZR (Zneg A)) with (IZR (- Zpos A)) in H2. rewrite opp_IZR in H2. nra.
Qed.
Lemma at_piece_poly_spec unit pc f t tau : In pc (activation_pieces S) ->
  value f t = IZR (Zpos unit) * tau ->
  value (at_piece_poly unit (clear_piece A pc) f) t
  = IZR (Zpos (A * unit)) * (Q2R (slope pc) * tau + Q2R (shift pc)).
Proof.
  intros Hpc Hv. apply (piece_divides S A A_ok) in Hpc. unfold all_divide in Hpc.
  repeat rewrite andb_true_iff in Hpc. destruct Hpc as [[_ Hs] Hq].
  unfold at_piece_poly. rewrite value_padd, value_smul, Hv. simpl value. simpl slope. simpl shift.
  rewrite mult_IZR, !clear_spec by auto. rewrite Pos2Z.inj_mul, mult_IZR. ring.
Qed.

(** For 0 <= t <= 1 the polynomials are [unit] times the vectors a(t). *)
Definition follow_up (n : nat) (unit : positive) (vs : list (list poly)) (a : R -> nat -> vector)
    : Prop :=
  length vs = N /\ forall k, (k < N)%nat -> length (nth k vs []) = n /\
    forall q t, (q < n)%nat -> 0 <= t <= 1 ->
      value (nth q (nth k vs []) []) t = IZR (Zpos unit) * a t k q.

Lemma clear_row_length D r : length (clear_row D r) = length r.
Proof. apply map_length. Qed.
Lemma combined_spec n D r unit v (b : vector) t : length r = (n + 1)%nat -> length v = n ->
  forallb (divides D) r = true ->
  (forall q, (q < n)%nat -> value (nth q v []) t = IZR (Zpos unit) * b q) ->
  value (combined (clear_row D r) (v ++ [[Zpos unit]])) t = IZR (Zpos (D * unit))
    * (sum n (fun q => Q2R (nth q r 0%Q) * b q) + Q2R (nth n r 0%Q)).
Proof.
  intros Hr Hv HD Hb. rewrite combined_value, clear_row_length, app_length, Hr, Hv.
  simpl length. rewrite Nat.min_id, Nat.add_1_r. simpl sum. rewrite !(clear_row_spec D r HD).
  rewrite app_nth2, Hv, Nat.sub_diag by lia. simpl nth at 2. simpl value.
  rewrite (sum_ext n _ (fun q => IZR (Zpos D) * IZR (Zpos unit) * (Q2R (nth q r 0%Q) * b q))).
  - rewrite sum_scal, Pos2Z.inj_mul, mult_IZR. ring.
  - intros q Hq. rewrite (clear_row_spec D r HD), app_nth1, Hb by lia. ring.
Qed.

Lemma moving_values_spec n D l l' unit v (a : R -> vector) :
  rows_of_length n (layer_w l) = true -> length (layer_b l) = length (layer_w l) ->
  rows_of_length n (layer_w l') = true -> length (layer_b l') = length (layer_w l') ->
  length (layer_w l') = length (layer_w l) ->
  divides_rows D (with_biases l) = true -> divides_rows D (with_biases l') = true ->
  length v = n -> (forall q t, (q < n)%nat -> 0 <= t <= 1 ->
    value (nth q v []) t = IZR (Zpos unit) * a t q) ->
  length (moving_values unit (moving_rows D l l') v) = length (layer_w l)
  /\ forall i t, (i < length (layer_w l))%nat -> 0 <= t <= 1 ->
       value (nth i (moving_values unit (moving_rows D l l') v) []) t
       = IZR (Zpos (D * unit)) * affine n (layer_between t (layer_of l, layer_of l')) (a t) i.
Proof.
  intros Hw Hb Hw' Hb' Hll HD HD' Hv Ha. unfold moving_values, moving_rows, clear_rows.
  assert (Hlen : length (with_biases l) = length (layer_w l)).
  { unfold with_biases. rewrite map_length, combine_length. lia. }
  assert (Hlen' : length (with_biases l') = length (layer_w l)).
  { unfold with_biases. rewrite map_length, combine_length. lia. }
  split; [rewrite !map_length, combine_length, !map_length; lia|]. intros i t Hi Ht.
  destruct (with_biases_spec n l i Hw Hb Hi) as (_ & E & Hr).
  destruct (with_biases_spec n l' i Hw' Hb' ltac:(lia)) as (_ & E' & Hr').
  rewrite map_map, (nth_map_lt _ _ i ([], [])) by (rewrite combine_length, !map_length; lia).
  rewrite combine_nth by (rewrite !map_length; lia).
  rewrite (nth_map_lt _ _ i []), (nth_map_lt _ (with_biases l') i []) by lia.
  assert (Hd : forallb (divides D) (nth i (with_biases l) []) = true).
  { apply (forallb_nth _ _ [] HD). lia. }
  assert (Hd' : forallb (divides D) (nth i (with_biases l') []) = true).
  { apply (forallb_nth _ _ [] HD'). lia. }
  set (r := nth i (with_biases l) []) in *. set (r' := nth i (with_biases l') []) in *.
  assert (Lr : length r = (n + 1)%nat) by (rewrite E, app_length; simpl; lia).
  assert (Lr' : length r' = (n + 1)%nat) by (rewrite E', app_length; simpl; lia).
  cbn [fst snd]. rewrite value_padd. cbn [value]. rewrite (combined_minus _ _ _ t)
    by (rewrite !clear_row_length; lia).
  rewrite (combined_spec n D r unit v (a t) t Lr Hv Hd),
    (combined_spec n D r' unit v (a t) t Lr' Hv Hd') by (intros; now apply Ha).
  unfold affine. simpl bias. simpl weight. unfold entry2, entry. simpl real. simpl zero.
  rewrite (sum_ext n (fun q => ((1 - t) * _ + _) * a t q) (fun q =>
    (1 - t) * (Q2R (nth q r 0%Q) * a t q) + t * (Q2R (nth q r' 0%Q) * a t q))).
  - rewrite sum_plus, !sum_scal.
    replace (nth n r 0%Q) with (nth i (layer_b l) 0%Q)
      by (rewrite E, app_nth2, Hr, Nat.sub_diag by lia; reflexivity).
    replace (nth n r' 0%Q) with (nth i (layer_b l') 0%Q)
      by (rewrite E', app_nth2, Hr', Nat.sub_diag by lia; reflexivity).
    ring.
  - intros q Hq. rewrite E, E', !app_nth1 by lia. ring.
Qed.

Lemma follow_spec P : forall P' ds n unit vs (a : R -> nat -> vector) outputs,
  for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds P = true ->
  for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds P' = true ->
  same_lengths P' P = true -> fitting n P outputs = true -> fitting n P' outputs = true ->
  P <> [] -> follow_up n unit vs a -> follow A pcs (moving_layers ds P P') unit vs = true ->
  exists lines, forall t, 0 <= t <= 1 ->
    on_linear_pieces p lines n (between t (layers_of P) (layers_of P')) (a t)
    /\ forall k j, (k < N)%nat -> (j < outputs)%nat ->
         run p n (between t (layers_of P) (layers_of P')) (a t k) j
         = run p n (between 0 (layers_of P) (layers_of P')) (a 0 k) j.
Proof.
  induction P as [|l P IH]; intros [|l' P'] [|D ds] n unit vs a outputs HD HD' Hsame Hf Hf' Hne Hs
    H; try discriminate; try congruence.
  simpl in HD, HD', Hsame, Hf, Hf'. apply andb_prop in HD as [HD HDs], HD' as [HD' HDs'].
  apply andb_prop in Hsame as [Hl Hsame]. apply Nat.eqb_eq in Hl.
  apply andb_prop in Hf as [Hf Hfit], Hf' as [Hf' Hfit'].
  apply andb_prop in Hf as [Hw Hb], Hf' as [Hw' Hb']. apply Nat.eqb_eq in Hb, Hb'.
  rewrite Hl in Hfit'. clear Hne.
  set (n' := length (layer_w l)) in *. set (u := (D * unit)%positive).
  set (ts := map (moving_values unit (moving_rows D l l')) vs).
  set (b := fun t k => affine n (layer_between t (layer_of l, layer_of l')) (a t k)).
  assert (Hts : follow_up n' u ts b).
  { destruct Hs as [Hlen Hv]. split; [unfold ts; now rewrite map_length|]. intros k Hk.
    destruct (Hv k Hk) as [Hlk Hvk]. unfold ts. rewrite (nth_map_lt _ _ k []) by (now rewrite Hlen).
    apply (moving_values_spec n D l l' unit (nth k vs []) (fun t => a t k)); auto. }
  destruct P as [|l2 P].
  - destruct P'; [|discriminate]. destruct ds; [|discriminate].
    cbn [moving_layers combine map follow fst snd] in H. fold ts in H.
    exists []. intros t Ht. split; [exact I|]. intros k j Hk Hj. simpl in Hfit. apply Nat.eqb_eq in Hfit. subst outputs.
    cbn [layers_of map between combine run].
    change (b t k j = b 0 k j). destruct Hts as [Hlen Hv]. destruct (Hv k Hk) as [Hlk Hvk].
    pose proof (forallb_nth _ _ [] H k ltac:(lia)) as F.
    pose proof (forallb_nth _ _ [] F j ltac:(lia)) as G. cbv beta in G.
    pose proof (value_zero_tail _ t G) as E. rewrite !Hvk in E by (auto; lra).
    apply (Rmult_eq_reg_l (IZR (Zpos u))); [exact E|]. apply Rgt_not_eq, IZR_Zpos.
  - destruct P' as [|l2' P']; [discriminate|]. destruct ds as [|D2 ds]; [discriminate|].
    change (moving_layers (D :: D2 :: ds) (l :: l2 :: P) (l' :: l2' :: P'))
      with ((D, moving_rows D l l') :: moving_layers (D2 :: ds) (l2 :: P) (l2' :: P')) in H.
    specialize (IH (l2' :: P') (D2 :: ds) n' (A * u)%positive).
    destruct (moving_layers (D2 :: ds) (l2 :: P) (l2' :: P')) as [|next rest] eqn:En; [discriminate|].
    cbn [follow] in H. cbv zeta in H. fold u ts in H.
    set (first := map (fun f => piece_at A u pcs (hd 0%Z f)) (hd [] ts)) in *.
    apply andb_prop in H as [Hin H].
    set (act := fun t k i => activation p (b t k i)).
    destruct (pieces_found S A A_ok form u (map (hd 0%Z) (hd [] ts))) as (qs & Hqs & Eq).
    rewrite map_map in Eq. fold first in Eq.
    set (none := Piece None None 0%Q 0%Q).
    assert (Hlength : forall k, (k < N)%nat -> length qs = n').
    { intros k Hk. destruct Hts as [Hlen Hv]. destruct (Hv k Hk) as [Hlk _].
      pose proof (forallb_nth _ _ [] Hin k ltac:(lia)) as F.
      apply (for_all2_spec _ _ _ (Piece None None 0 0)%Z []) in F as [F _].
      rewrite Eq, map_length in F. lia. }
    assert (Hpc : forall i k, (i < n')%nat -> (k < N)%nat ->
      In (nth i qs none) (activation_pieces S)
      /\ nth i first (Piece None None 0 0)%Z = clear_piece A (nth i qs none)
      /\ forall t, 0 <= t <= 1 -> inside (nth i qs none) (b t k i)).
    { intros i k Hi Hk. pose proof (Hlength k Hk) as Hlq.
      assert (Hpc : In (nth i qs none) (activation_pieces S)) by (apply Hqs, nth_In; lia).
      assert (Hnth : nth i first (Piece None None 0 0)%Z = clear_piece A (nth i qs none)).
      { rewrite Eq. apply nth_map_lt. lia. }
      split; [exact Hpc|]. split; [exact Hnth|]. intros t Ht.
      destruct Hts as [Hlen Hv]. destruct (Hv k Hk) as [Hlk Hvk].
      pose proof (forallb_nth _ _ [] Hin k ltac:(lia)) as F.
      apply (for_all2_spec _ _ _ (Piece None None 0 0)%Z []) in F as [Hfl F].
      specialize (F i ltac:(lia)). rewrite Hnth in F.
      apply (stays_inside_spec u _ _ t _ Hpc Ht F). now apply Hvk. }
    assert (Hact : follow_up n' (A * u) (map (fun v => map (fun pf => at_piece_poly u (fst pf) (snd pf))
      (combine first v)) ts) act).
    { pose proof Hts as [Hlen Hv]. split; [now rewrite map_length|]. intros k Hk.
      destruct (Hv k Hk) as [Hlk Hvk]. rewrite (nth_map_lt _ _ k []) by (now rewrite Hlen).
      assert (Hfirst : length first = n') by (rewrite Eq, map_length; now apply (Hlength k)).
      split; [rewrite map_length, combine_length; lia|]. intros i t' Hi Ht'.
      rewrite (nth_map_lt _ _ i ((Piece None None 0 0)%Z, [])) by (rewrite combine_length; lia).
      rewrite combine_nth by lia. cbn [fst snd].
      destruct (Hpc i k Hi Hk) as (H1 & -> & H3).
      rewrite (at_piece_poly_spec u _ _ t' (b t' k i) H1) by (now apply Hvk).
      destruct (inside_closed _ _ (H3 t' Ht')). unfold act.
      now rewrite (activation_spec S form (nth i qs none) (b t' k i)). }
    destruct (IH _ act outputs HDs HDs' Hsame Hfit Hfit' ltac:(discriminate) Hact H) as [lines IH'].
    exists (map line_of qs :: lines). intros t Ht. destruct (IH' t Ht) as [IH1 IH2].
    split; [|exact IH2]. split; [|exact IH1].
    intros i Hi. change (linear_near p (nth i (map line_of qs) (0, 0)) (fun k => b t k i)).
    destruct (Nat.eq_dec N 0) as [HN|HN]; [exists 1; split; [lra | intros; lia]|].
    rewrite (nth_map_lt line_of qs i none) by (rewrite (Hlength 0%nat); [exact Hi | lia]).
    apply (inside_linear S form); [now apply (Hpc i 0%nat); [|lia]|].
    intros k Hk. now apply (Hpc i k Hi Hk).
Qed.
End Following.

(** ** Soundness *)
Lemma layer_at_0 n l l' a i : affine n (layer_between 0 (l, l')) a i = affine n l a i.
Proof.
  unfold affine. simpl. rewrite (sum_ext n _ (fun q => weight l i q * a q)) by (intros; ring). ring.
Qed.
Lemma run_at_0 p P : forall P' n a, same_sizes P P' -> run p n (between 0 P P') a = run p n P a.
Proof.
  unfold same_sizes.
  induction P as [|l P IH]; intros [|l' P'] n a H; try discriminate; [reflexivity|].
  injection H as _ H. destruct P as [|l2 P], P' as [|l2' P']; try discriminate.
  - apply functional_extensionality. intros i. apply layer_at_0.
  - change (run p (rows l) (between 0 (l2 :: P) (l2' :: P'))
      (fun i => activation p (affine n (layer_between 0 (l, l')) a i))
      = run p (rows l) (l2 :: P) (fun i => activation p (affine n l a i))).
    rewrite IH by exact H. f_equal. apply functional_extensionality. intros i. now rewrite layer_at_0.
Qed.
Lemma last_rows_between t P : forall P' n, same_sizes P P' ->
  last_rows n (between t P P') = last_rows n P.
Proof.
  unfold same_sizes. induction P as [|l P IH]; intros [|l' P'] n H; try discriminate; [reflexivity|].
  injection H as _ H. simpl. now apply IH.
Qed.

Lemma close_equal u v : (forall eps, 0 < eps -> Rabs (u - v) < eps) -> u = v.
Proof.
  intros H. destruct (Req_dec u v) as [E|E]; [exact E|exfalso].
  assert (Hp : 0 < Rabs (u - v)) by (apply Rabs_pos_lt; lra). specialize (H _ Hp). lra.
Qed.
Lemma equal_layers_spec P : forall P' n,
  (forall eps, 0 < eps -> all_close eps n (layers_of P) (layers_of P')) -> equal_layers n P P' = true.
Proof.
  induction P as [|l P IH]; intros [|l' P'] n H; try reflexivity. simpl. apply andb_true_intro.
  assert (E : forall a b, (forall eps, 0 < eps -> Rabs (Q2R a - Q2R b) < eps) -> Qeq_bool a b = true).
  { intros a b Hab. apply Qeq_bool_iff, eqR_Qeq. now apply close_equal. }
  split.
  - apply forallb_forall. intros i Hi. apply in_seq in Hi. apply andb_true_intro. split.
    + apply forallb_forall. intros q Hq. apply in_seq in Hq. apply E. intros eps He.
      destruct (H eps He) as [Hl _]. apply (Hl i ltac:(simpl; lia)). lia.
    + apply E. intros eps He. destruct (H eps He) as [Hl _]. apply (Hl i). simpl. lia.
  - apply IH. intros eps He. now destruct (H eps He).
Qed.

Theorem check_layers_segment_sound S P D last ds : check_layers_segment S P D last ds = true ->
  layers_constant_segment S P last.
Proof.
  unfold check_layers_segment. intros H. repeat rewrite andb_true_iff in H.
  destruct H as ((((((Hmin & Hform) & Hsame) & Hne) & HD) & HD') & H).
  assert (Hok : layers_ok S P D = true) by (now apply andb_prop in Hmin).
  destruct (layers_ok_parts S P D Hok) as ((HA & HX & _) & Hk & Hr & _ & _ & _ & Hfactor & Hfit).
  set (p := layer_problem_of S). set (P0 := layers_of P). set (P1 := layers_of last).
  assert (Hsizes : same_sizes P0 P1) by now apply same_lengths_spec.
  assert (Hfit' : fitting (feature_count S) last (label_count S) = true).
  { unfold layers_well_formed in Hform. repeat rewrite andb_true_iff in Hform. tauto. }
  assert (HP : P <> []).
  { unfold layers_ok, layers_well_formed in Hok. repeat rewrite andb_true_iff in Hok.
    intros E. rewrite E in Hok. destruct Hok as ((((H1 & _) & _) & _) & _).
    destruct H1 as ((_ & H1) & _). discriminate. }
  assert (Hstart : follow_up S (features p) (den_features D)
    (map (map (fun a => [a])) (clear_rows (den_features D) (features_x S))) (fun _ => feature p)).
  { destruct (inputs_stand S P D Hok) as [Hlen Hv]. split; [now rewrite map_length|].
    intros k Hk'. destruct (Hv k Hk') as [Hlk Hvk].
    rewrite (nth_map_lt _ _ k []) by (now rewrite Hlen). split; [now rewrite map_length|].
    intros q t Hq _. rewrite (nth_map_lt _ _ q 0%Z) by (now rewrite Hlk). simpl value.
    rewrite Rmult_0_r, Rplus_0_r. now apply Hvk. }
  pose proof (follow_spec S (den_activation D) HA Hk P last ds (features p) (den_features D) _ _
    (labels p) HD HD' Hsame Hfit Hfit' HP Hstart H) as [lines Hfollow].
  assert (Hout : forall t k j, 0 <= t <= 1 -> (k < data_points p)%nat -> (j < labels p)%nat ->
    output_of p (between t P0 P1) k j = output_of p P0 k j).
  { intros t k j Ht Hk' Hj. unfold output_of. rewrite <- (run_at_0 p P0 P1) by exact Hsizes.
    now apply Hfollow. }
  split; [exact Hsizes|]. split.
  - intros Hnear. apply negb_true_iff in Hne. rewrite equal_layers_spec in Hne; [discriminate|].
    intros eps He. now destruct (Hnear eps He).
  - intros t Ht. split.
    + apply (linear_piece_local_minimum _ Hfactor (huber_positive S P D Hok) _ lines).
      * fold P0 P1. rewrite last_rows_between by exact Hsizes.
        now apply (outputs_are_last S).
      * now apply Hfollow.
      * pose proof (normal_equations_sound S P D Hmin) as Hnormal.
        intros j Hj. destruct (Hnormal j Hj) as [H0 Hq].
        assert (Hs : forall k, (k < data_points p)%nat ->
          layer_slope p (between t P0 P1) k j = layer_slope p P0 k j).
        { intros k Hk'. unfold layer_slope. now rewrite Hout. }
        split; [|intros q Hqd; specialize (Hq q Hqd)].
        -- rewrite <- H0. apply sum_ext. intros k Hk'. now apply Hs.
        -- rewrite <- Hq. apply sum_ext. intros k Hk'. fold p. now rewrite Hs.
    + unfold layers_loss. fold p P0 P1. f_equal. apply sum_ext. intros k Hk'. apply sum_ext.
      intros j Hj. now rewrite Hout.
Qed.
