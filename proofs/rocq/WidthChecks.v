(** The least loss of a width: the checker, which goes through a tree of cases over the cones in which
    the neurons lie, and its soundness. *)
From Coq Require Import NArith ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Fans WidthMinimum Claims LandscapeClaims
  Integers Prepare Facts Functional Checks.
Import ListNotations.
Local Open Scope R_scope.

(** ** The checker *)
(** A cone: the numbers of its d rays; rows l_a with l_a . u_b = [cone_unit] for a = b and 0 for
    other rays; for every ray the neighbour across the wall without it, and the place of the ray
    there that this wall lacks; and the region it belongs to, which is a set of rays. *)
Record cone := Cone {
  cone_rays : list N; cone_duals : list row; cone_unit : positive; cone_walls : list (N * nat);
  cone_region : N }.
Record covering := Covering {
  fan_rays : list row; fan_cones : list cone; fan_regions : list (list N) }.

(** Class 2 g is region g with output weight >= 0, class 2 g + 1 is region g with <= 0. *)
Inductive bounding :=
  | Last (vectors : list row) | Chosen (vector : row) (children : list (N * bounding)).

Section Tree.
Variables (m classes : nat) (goods : row -> list bool) (valid : row -> bool).
Definition among_classes (c : N) (l : list N) : bool := existsb (N.eqb c) l.
Fixpoint covered (excluded : list N) (c : N) (g : list bool) : bool :=
  match g with
  | [] => true
  | b :: g' => (b || among_classes c excluded) && covered excluded (N.succ c) g'
  end.
Fixpoint either (g g' : list bool) : list bool :=
  match g, g' with a :: r, b :: r' => (a || b) :: either r r' | _, _ => [] end.
Definition good_for (chosen : list N) (r : row) : bool :=
  valid r && (let g := goods r in forallb (fun c => nth (N.to_nat c) g false) chosen).
Fixpoint node_ok (chosen excluded : list N) (t : bounding) {struct t} : bool :=
  match t with
  | Last vectors =>
      Nat.eqb (Datatypes.S (length chosen)) m && negb (Nat.eqb (length vectors) 0)
      && forallb (good_for chosen) vectors
      && covered (chosen ++ excluded) 0 (fold_right either (repeat false classes) (map goods vectors))
  | Chosen v children =>
      good_for chosen v
      && (fix each excluded children :=
            match children with
            | [] => covered (chosen ++ excluded) 0 (goods v)
            | (c, child) :: rest =>
                negb (among_classes c chosen) && node_ok (c :: chosen) excluded child
                && each (c :: excluded) rest
            end) excluded children
  end.
End Tree.

Section Checker.
Variables (S : setting) (P : parameters) (D : denominators) (value : Q) (F : covering).
Notation n := (d S).
Local Open Scope Z_scope.

Definition rays_of (c : cone) : list row :=
  map (fun r => nth (N.to_nat r) (fan_rays F) []) (cone_rays c).
Definition unit_row (a : nat) (z : Z) : row := add_at a z (zeros n).
Definition without {A} (a : nat) (l : list A) : list A := firstn a l ++ skipn (Datatypes.S a) l.
Definition subset (l l' : list N) : bool := forallb (fun r => existsb (N.eqb r) l') l.
Definition wall_ok (c : cone) (a : nat) (across : N * nat) : bool :=
  match nth_error (fan_cones F) (N.to_nat (fst across)) with
  | None => false
  | Some c' =>
      let b := snd across in
      Nat.ltb b n
      && subset (without a (cone_rays c)) (without b (cone_rays c'))
      && subset (without b (cone_rays c')) (without a (cone_rays c))
      && Z.ltb (zdot (nth a (cone_duals c) []) (nth b (rays_of c') [])) 0
  end.
Definition sized_ok (rows : list row) : bool :=
  Nat.eqb (length rows) n && forallb (fun r => Nat.eqb (length r) n) rows.
Definition cone_ok (xs : list row) (c : cone) : bool :=
  let us := rays_of c in let delta := Zpos (cone_unit c) in
  sized_ok us && sized_ok (cone_duals c)
  && forallb (fun a => row_eqb (map (zdot (nth a (cone_duals c) [])) us) (unit_row a delta)) (seq 0 n)
  && forallb (fun k => row_eqb (lincomb n (height (cone_duals c) k) us) (unit_row k delta)) (seq 0 n)
  && forallb (fun x => let ts := map (zdot x) us in
                       forallb (Z.leb 0) ts || forallb (fun t => Z.leb t 0) ts) xs
  && forallb (fun a => wall_ok c a (nth a (cone_walls c) (0%N, O))) (seq 0 n)
  && Nat.ltb (N.to_nat (cone_region c)) (length (fan_regions F))
  && subset (cone_rays c) (nth (N.to_nat (cone_region c)) (fan_regions F) []).
Definition covering_ok (xs : list row) : bool :=
  negb (Nat.eqb (length (fan_cones F)) 0) && forallb (cone_ok xs) (fan_cones F).

(** rho(x_k . u) for every ray u, times a positive number; r . them decides for which classes r is
    good. *)
Definition generators (xs : list row) : list row :=
  map (fun u => map (fun x => act S (zdot x u)) xs) (fan_rays F).
Definition good_classes (gs : list row) (r : row) : list bool :=
  let vs := map (zdot r) gs in
  flat_map (fun rays => [forallb (fun u => Z.leb 0 (nth (N.to_nat u) vs 0)) rays;
                         forallb (fun u => Z.leb (nth (N.to_nat u) vs 0) 0) rays]) (fan_regions F).
Definition targets : row := map (fun y => clear (den_y D) (nth 0 y 0%Q)) (data_y S).
Definition bounds (ys : row) (r : row) : bool :=
  let ry := zdot r ys in
  Nat.eqb (length r) (length (data_x S))
  && (if with_output_bias S then Z.eqb (zsum r) 0 else true)
  && Z.ltb ry 0
  && Z.leb (Qnum value * Zpos (Qden (loss_scale S)) * (Zpos (den_y D) * Zpos (den_y D)) * zdot r r)
           (Qnum (loss_scale S) * Zpos (Qden value) * (ry * ry)).
Definition check_global_minimum_of_width (t : bounding) : bool :=
  check_loss_value S P D value && Nat.eqb (output_dimension S) 1
  && (let xs := X S D in let gs := generators xs in let ys := targets in
      covering_ok xs
      && node_ok (m P) (2 * length (fan_regions F))%nat (good_classes gs) (bounds ys) [] [] t).
End Checker.
Definition check_zero_loss (S : setting) (P : parameters) (D : denominators) : bool :=
  check_loss_value S P D 0.

(** ** Soundness *)
Section TreeSoundness.
Variables (m classes : nat) (goods : row -> list bool) (valid : row -> bool).
Hypothesis length_goods : forall r, length (goods r) = classes.

Lemma among_classes_spec c l : among_classes c l = true <-> In c l.
Proof.
  unfold among_classes. rewrite existsb_exists. split.
  - intros (x & Hx & E). apply N.eqb_eq in E. now subst.
  - intros H. exists c. split; auto. apply N.eqb_refl.
Qed.
Lemma covered_spec excluded g : forall c, covered excluded c g = true -> forall k,
  (k < length g)%nat -> nth k g false = true \/ In (c + N.of_nat k)%N excluded.
Proof.
  induction g as [|b g IH]; intros c H k Hk; simpl in *; [lia|].
  apply andb_prop in H as [H1 H2]. destruct k as [|k].
  - rewrite N.add_0_r. apply orb_prop in H1 as [|H1]; auto. right. now apply among_classes_spec.
  - destruct (IH _ H2 k ltac:(lia)) as [|H]; auto. right.
    now replace (c + N.of_nat (Datatypes.S k))%N with (N.succ c + N.of_nat k)%N by lia.
Qed.
Lemma covered_class excluded g c : covered excluded 0 g = true -> (N.to_nat c < length g)%nat ->
  nth (N.to_nat c) g false = true \/ In c excluded.
Proof.
  intros H Hc. destruct (covered_spec excluded g 0 H _ Hc) as [|E]; auto. right.
  now rewrite N.add_0_l, N2Nat.id in E.
Qed.
Lemma either_spec g g' : length g = length g' -> length (either g g') = length g /\
  forall k, nth k (either g g') false = nth k g false || nth k g' false.
Proof.
  revert g'. induction g as [|a g IH]; intros [|b g'] H; simpl in *; try discriminate.
  - split; auto. intros [|]; reflexivity.
  - destruct (IH g' ltac:(lia)) as [A B]. split; [congruence|]. intros [|k]; simpl; auto.
Qed.
Lemma either_all_spec vectors :
  let all := fold_right either (repeat false classes) (map goods vectors) in
  length all = classes /\ forall k, nth k all false = true ->
    exists r, In r vectors /\ nth k (goods r) false = true.
Proof.
  induction vectors as [|r vectors [A B]]; simpl.
  - split; [apply repeat_length|]. intros k H. exfalso.
    destruct (Nat.lt_ge_cases k classes); [now rewrite nth_repeat in H|].
    rewrite nth_overflow in H by (now rewrite repeat_length). discriminate.
  - destruct (either_spec (goods r) (fold_right either (repeat false classes) (map goods vectors)))
      as [A' B']; [now rewrite length_goods, A|].
    split; [now rewrite A', length_goods|]. intros k. rewrite B'. intros H.
    apply orb_prop in H as [H|H]; [exists r; auto|].
    destruct (B k H) as (r' & Hr' & E). exists r'. auto.
Qed.

Section Induction.
Variable property : bounding -> Prop.
Hypothesis at_last : forall vectors, property (Last vectors).
Hypothesis at_split : forall v children,
  (forall c t, In (c, t) children -> property t) -> property (Chosen v children).
Fixpoint bounding_induction (t : bounding) : property t :=
  match t with
  | Last vectors => at_last vectors
  | Chosen v children => at_split v children
      ((fix each children : forall c t, In (c, t) children -> property t :=
          match children with
          | [] => fun c t H => match H with end
          | (c0, t0) :: rest => fun c t H =>
              match H with
              | or_introl E => eq_ind (c0, t0) (fun ct => property (snd ct)) (bounding_induction t0) (c, t) E
              | or_intror H' => each rest c t H'
              end
          end) children)
  end.
End Induction.

Theorem node_sound t : forall chosen excluded used,
  node_ok m classes goods valid chosen excluded t = true -> NoDup chosen -> incl chosen used ->
  (forall c, In c excluded -> ~ In c used) -> (length used <= m)%nat ->
  (forall c, In c used -> (N.to_nat c < classes)%nat) ->
  exists r, valid r = true /\ forall c, In c used -> nth (N.to_nat c) (goods r) false = true.
Proof.
  assert (Hgood : forall chosen r, good_for goods valid chosen r = true -> valid r = true /\
     forall c, In c chosen -> nth (N.to_nat c) (goods r) false = true).
  { intros chosen r H. unfold good_for in H. cbv zeta in H. apply andb_prop in H as [H1 H2].
    rewrite forallb_forall in H2. auto. }
  assert (Hdec : forall (f : N -> bool) used, (exists c, In c used /\ f c = false)
     \/ (forall c, In c used -> f c = true)).
  { intros f used. destruct (forallb f used) eqn:E; [right; now apply forallb_forall|]. left.
    induction used as [|c used IH]; [discriminate|]. simpl in E. apply andb_false_iff in E as [E|E].
    - exists c. split; [now left|exact E].
    - destruct (IH E) as (c' & H & E'). exists c'. split; [now right|exact E']. }
  induction t as [vectors|v children IH] using bounding_induction;
    intros chosen excluded used H Hnd Hincl Hex Hlen Hcl; cbn [node_ok] in H.
  - apply andb_prop in H as [H Hcov]. apply andb_prop in H as [H Hall].
    apply andb_prop in H as [Hm Hne]. apply Nat.eqb_eq in Hm. rewrite forallb_forall in Hall.
    destruct (either_all_spec vectors) as [Hl Hv].
    destruct (Hdec (fun c => among_classes c chosen) used) as [(c & Hc & Hout)|Hin].
    + assert (Hout' : ~ In c chosen) by (rewrite <- among_classes_spec; now rewrite Hout).
      destruct (covered_class _ _ c Hcov) as [E|E]; [rewrite Hl; now apply Hcl| |].
      * apply Hv in E as (r & Hr & E). destruct (Hgood chosen r (Hall r Hr)) as [A B].
        exists r. split; [exact A|]. intros c' Hc'.
        destruct (in_dec N.eq_dec c' chosen) as [|Hout'']; [auto|].
        destruct (N.eq_dec c' c) as [->|Hne']; [exact E|]. exfalso.
        assert (Hnd' : NoDup (c' :: c :: chosen)).
        { constructor; [intros [|]; auto | constructor; auto]. }
        apply NoDup_incl_length with (l' := used) in Hnd'.
        -- simpl in Hnd'. lia.
        -- intros b [<-|[<-|Hb]]; auto.
      * apply in_app_or in E as [|E]; [contradiction|]. now elim (Hex c E).
    + destruct vectors as [|r rest]; [discriminate|]. destruct (Hgood chosen r (Hall r (or_introl eq_refl))) as [A B].
      exists r. split; [exact A|]. intros c Hc. apply B. now apply among_classes_spec, Hin.
  - apply andb_prop in H as [Hv H]. destruct (Hgood chosen v Hv) as [A B].
    destruct (Hdec (fun c => nth (N.to_nat c) (goods v) false) used) as [(c & Hc & Hbad)|Hall];
      [|now exists v].
    assert (Hout : ~ In c chosen) by (intros Hin; rewrite (B c Hin) in Hbad; discriminate).
    revert excluded H Hex. induction children as [|[c0 t0] rest IHc]; intros excluded H Hex.
    + destruct (covered_class _ _ c H) as [E|E]; [rewrite length_goods; now apply Hcl| congruence|].
      apply in_app_or in E as [|E]; [contradiction|]. now elim (Hex c E).
    + apply andb_prop in H as [H Hrest]. apply andb_prop in H as [Hnew Hchild].
      destruct (in_dec N.eq_dec c0 used) as [Hin|Hnot].
      * apply (IH c0 t0 (or_introl eq_refl) (c0 :: chosen) excluded used Hchild); auto.
        -- constructor; auto. rewrite <- among_classes_spec. apply negb_true_iff in Hnew. now rewrite Hnew.
        -- intros b [<-|Hb]; auto.
      * apply (IHc (fun c t Hct => IH c t (or_intror Hct)) (c0 :: excluded) Hrest).
        intros b [<-|Hb]; auto.
Qed.
End TreeSoundness.

Lemma in_without {A} (a : nat) (l : list A) (x dflt : A) : In x (without a l) <->
  exists k, (k < length l)%nat /\ k <> a /\ nth k l dflt = x.
Proof.
  unfold without. rewrite in_app_iff. revert a. induction l as [|y l IH]; intros a.
  - rewrite firstn_nil, skipn_nil. simpl. split; [tauto | intros (k & Hk & _); lia].
  - destruct a as [|a].
    + simpl. split.
      * intros [[]|H]. apply (In_nth _ _ dflt) in H as (k & Hk & E).
        exists (Datatypes.S k). repeat split; [lia | discriminate | exact E].
      * intros ([|k] & Hk & Hne & E); [contradiction|]. right. rewrite <- E. apply nth_In. lia.
    + specialize (IH a). simpl firstn. simpl skipn. simpl In. split.
      * intros H. assert (H' : y = x \/ In x (firstn a l) \/ In x (skipn (Datatypes.S a) l)) by tauto.
        destruct H' as [<-|H']; [exists O; simpl; repeat split; lia|].
        destruct (proj1 IH H') as (k & Hk & Hne & E).
        exists (Datatypes.S k). repeat split; [simpl; lia | lia | exact E].
      * intros ([|k] & Hk & Hne & E); simpl in *; [auto|].
        destruct (proj2 IH) as [H|H]; [exists k; repeat split; [lia | lia | exact E] | auto | auto].
Qed.
Lemma subset_spec l l' : subset l l' = true -> incl l l'.
Proof.
  unfold subset. rewrite forallb_forall. intros H r Hr. specialize (H r Hr).
  apply existsb_exists in H as (r' & H & E). apply N.eqb_eq in E. now subst.
Qed.
Lemma nth_pairs {A} (f g : A -> bool) l k (e : bool) dflt : (k < length l)%nat ->
  nth (2 * k + (if e then 0 else 1)) (flat_map (fun a => [f a; g a]) l) false
  = if e then f (nth k l dflt) else g (nth k l dflt).
Proof.
  revert k. induction l as [|a l IH]; intros k Hk; simpl in Hk; [lia|]. destruct k as [|k].
  - destruct e; reflexivity.
  - replace (2 * Datatypes.S k + (if e then 0 else 1))%nat
      with (Datatypes.S (Datatypes.S (2 * k + (if e then 0 else 1)))) by lia.
    cbn [flat_map app nth]. apply IH. lia.
Qed.
Lemma length_pairs {A} (f g : A -> bool) l : length (flat_map (fun a => [f a; g a]) l) = (2 * length l)%nat.
Proof. induction l as [|a l IH]; simpl in *; [reflexivity | rewrite IH; lia]. Qed.

Section Soundness.
Variables (S : setting) (P : parameters) (D : denominators) (value : Q) (F : covering).
Hypothesis Hok : prepare_ok S P D = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation n := (d S).
Notation xs := (X S D).
Hypothesis HF : covering_ok S F xs = true.
Notation cones := (fan_cones F).
Definition no_cone : cone := Cone [] [] 1 [] 0.
Definition ray (i a : nat) : row := nth a (rays_of F (nth i cones no_cone)) [].
Definition dual_row (i a : nat) : row := nth a (cone_duals (nth i cones no_cone)) [].
Definition delta (i : nat) : R := IZR (Zpos (cone_unit (nth i cones no_cone))).
Definition coordinate (i a : nat) : vector := fun k => / delta i * zvec (dual_row i a) k.

Lemma delta_pos i : 0 < delta i. Proof. apply IZR_Zpos. Qed.
Lemma zvec_unit_row a z k : (a < n)%nat -> zvec (unit_row S a z) k = IZR z * unit_vector a k.
Proof. intros Ha. unfold unit_row. rewrite zvec_add_at by (now rewrite length_zeros). rewrite zvec_zeros. ring. Qed.
Lemma sized_ok_spec rows : sized_ok S rows = true -> length rows = n /\ all_sized n rows.
Proof.
  unfold sized_ok. intros H. apply andb_prop in H as [A B]. apply Nat.eqb_eq in A.
  rewrite forallb_forall in B. split; auto. intros r Hr. now apply Nat.eqb_eq, B.
Qed.

Lemma cone_parts i : (i < length cones)%nat ->
  let c := nth i cones no_cone in
  (length (rays_of F c) = n /\ all_sized n (rays_of F c))
  /\ (length (cone_duals c) = n /\ all_sized n (cone_duals c))
  /\ (forall a, (a < n)%nat -> map (zdot (dual_row i a)) (rays_of F c) = unit_row S a (Zpos (cone_unit c)))
  /\ (forall k, (k < n)%nat ->
        lincomb n (height (cone_duals c) k) (rays_of F c) = unit_row S k (Zpos (cone_unit c)))
  /\ (forall k, (k < length xs)%nat -> let ts := map (zdot (nth k xs [])) (rays_of F c) in
        forallb (Z.leb 0) ts = true \/ forallb (fun t => Z.leb t 0) ts = true)
  /\ (forall a, (a < n)%nat -> wall_ok S F c a (nth a (cone_walls c) (0%N, O)) = true)
  /\ (N.to_nat (cone_region c) < length (fan_regions F))%nat
  /\ incl (cone_rays c) (nth (N.to_nat (cone_region c)) (fan_regions F) []).
Proof.
  intros Hi c. unfold covering_ok in HF. apply andb_prop in HF as [_ H].
  pose proof (forallb_nth _ _ no_cone H i Hi) as E. fold c in E. unfold cone_ok in E. cbv zeta in E.
  repeat rewrite andb_true_iff in E. destruct E as [[[[[[[E1 E2] E3] E4] E5] E6] E7] E8].
  rewrite forallb_forall in E3, E4, E5, E6.
  split; [now apply sized_ok_spec|]. split; [now apply sized_ok_spec|].
  split; [intros a Ha; apply row_eqb_eq, (E3 a); apply in_seq; lia|].
  split; [intros k Hk; apply row_eqb_eq, (E4 k); apply in_seq; lia|].
  split; [intros k Hk; cbv zeta; apply orb_prop, (E5 (nth k xs [])); now apply nth_In|].
  split; [intros a Ha; apply (E6 a); apply in_seq; lia|].
  split; [now apply Nat.ltb_lt | now apply subset_spec].
Qed.
Lemma ray_length i a : (i < length cones)%nat -> (a < n)%nat -> length (ray i a) = n.
Proof.
  intros Hi Ha. destruct (cone_parts i Hi) as ((A & B) & _). apply all_sized_nth; [exact B | now rewrite A].
Qed.
Lemma dual_length i a : (i < length cones)%nat -> (a < n)%nat -> length (dual_row i a) = n.
Proof.
  intros Hi Ha. destruct (cone_parts i Hi) as (_ & (A & B) & _).
  apply all_sized_nth; [exact B | now rewrite A].
Qed.
Lemma coordinate_form i a u : (i < length cones)%nat -> (a < n)%nat -> length u = n ->
  form n (coordinate i a) (zvec u) = / delta i * IZR (zdot (dual_row i a) u).
Proof.
  intros Hi Ha Hu. unfold form, coordinate.
  rewrite (zdot_sum n) by (auto; now apply dual_length).
  rewrite <- sum_scal. apply sum_ext; intros; ring.
Qed.
Lemma ray_of_index i a : (i < length cones)%nat -> (a < n)%nat ->
  (a < length (cone_rays (nth i cones no_cone)))%nat
  /\ ray i a = nth (N.to_nat (nth a (cone_rays (nth i cones no_cone)) 0%N)) (fan_rays F) [].
Proof.
  intros Hi Ha. destruct (cone_parts i Hi) as ((A & _) & _). unfold rays_of in A.
  rewrite map_length in A. split; [now rewrite A|]. unfold ray, rays_of.
  now rewrite (nth_map_lt _ _ a 0%N) by (now rewrite A).
Qed.
Lemma matching i j a b : (i < length cones)%nat -> (j < length cones)%nat ->
  incl (without a (cone_rays (nth i cones no_cone))) (without b (cone_rays (nth j cones no_cone))) ->
  forall a', (a' < n)%nat -> a' <> a -> exists b', (b' < n)%nat /\ b' <> b /\ ray i a' = ray j b'.
Proof.
  intros Hi Hj H a' Ha' Hne. destruct (ray_of_index i a' Hi Ha') as [Hl ->].
  destruct (proj1 (in_without b _ _ 0%N) (H _ (proj2 (in_without a _ _ 0%N)
    (ex_intro _ a' (conj Hl (conj Hne eq_refl)))))) as (b' & Hb' & Hneb & E).
  destruct (cone_parts j Hj) as ((A & _) & _). unfold rays_of in A. rewrite map_length in A.
  rewrite A in Hb'. exists b'. split; [exact Hb'|]. split; [exact Hneb|].
  destruct (ray_of_index j b' Hj Hb') as [_ ->]. now rewrite E.
Qed.

Lemma covering_complete : complete n (length cones) (fun i a => zvec (ray i a)) coordinate.
Proof.
  split.
  - unfold covering_ok in HF. apply andb_prop in HF as [H _].
    apply negb_true_iff, Nat.eqb_neq in H. lia.
  - intros i a b Hi Ha Hb. rewrite coordinate_form by (auto; now apply ray_length).
    destruct (cone_parts i Hi) as ((A & _) & _ & H & _). specialize (H a Ha).
    apply (f_equal (fun r => zvec r b)) in H. rewrite zvec_unit_row in H by auto.
    unfold zvec at 1 in H. rewrite (nth_map_lt _ _ b []) in H by (now rewrite A).
    change (nth b (rays_of F (nth i cones no_cone)) []) with (ray i b) in H. rewrite H.
    unfold unit_vector. fold (delta i). pose proof (delta_pos i).
    destruct (Nat.eqb a b); field; lra.
  - intros i v k Hi Hk. destruct (cone_parts i Hi) as ((A & B) & (A' & B') & _ & H & _).
    rewrite (sum_ext n _ (fun a => sum n (fun k' => / delta i * v k'
      * (zvec (dual_row i a) k' * zvec (ray i a) k)))).
    2:{ intros a _. unfold form, coordinate. rewrite <- sum_scal_r. apply sum_ext; intros; ring. }
    rewrite sum_swap, (sum_single n _ k Hk).
    + rewrite sum_scal. specialize (H k Hk). apply (f_equal (fun r => zvec r k)) in H.
      rewrite (lincomb_spec n n), zvec_unit_row in H by (auto; unfold height; now rewrite map_length).
      unfold unit_vector in H. rewrite Nat.eqb_refl, Rmult_1_r in H.
      rewrite (sum_ext n _ (fun a => zvec (height (cone_duals (nth i cones no_cone)) k) a
        * zmat (rays_of F (nth i cones no_cone)) a k)).
      * rewrite H. fold (delta i). pose proof (delta_pos i). field. lra.
      * intros a Ha. unfold dual_row, ray, zmat, height. f_equal. unfold zvec at 2.
        now rewrite (nth_map_lt _ _ a []) by (now rewrite A').
    + intros k' Hk' Hne. rewrite sum_scal. specialize (H k' Hk').
      apply (f_equal (fun r => zvec r k)) in H.
      rewrite (lincomb_spec n n), zvec_unit_row in H by (auto; unfold height; now rewrite map_length).
      unfold unit_vector in H. destruct (Nat.eqb_spec k' k) as [|Hne']; [congruence|]. rewrite Rmult_0_r in H.
      rewrite (sum_ext n _ (fun a => zvec (height (cone_duals (nth i cones no_cone)) k') a
        * zmat (rays_of F (nth i cones no_cone)) a k)), H; [ring|].
      intros a Ha. unfold dual_row, ray, zmat, height. f_equal. unfold zvec at 2.
      now rewrite (nth_map_lt _ _ a []) by (now rewrite A').
  - intros i a Hi Ha. destruct (cone_parts i Hi) as (_ & _ & _ & _ & _ & H & _).
    specialize (H a Ha). unfold wall_ok in H. set (across := nth a _ _) in H.
    destruct (nth_error cones (N.to_nat (fst across))) as [c'|] eqn:E; [|discriminate].
    set (j := N.to_nat (fst across)) in *. set (b := snd across) in *. cbv zeta in H.
    assert (Hj : (j < length cones)%nat) by (apply nth_error_Some; rewrite E; discriminate).
    apply (nth_error_nth _ _ no_cone) in E. subst c'.
    apply andb_prop in H as [H Hs]. apply andb_prop in H as [H H2]. apply andb_prop in H as [Hb H1].
    apply Nat.ltb_lt in Hb. apply subset_spec in H1, H2. apply Z.ltb_lt, IZR_lt in Hs.
    exists j, b. split; [exact Hj|]. split; [exact Hb|].
    split; [|split].
    + intros a' Ha' Hne. destruct (matching i j a b Hi Hj H1 a' Ha' Hne) as (b' & A & B & ->). now exists b'.
    + intros b' Hb' Hne. destruct (matching j i b a Hj Hi H2 b' Hb' Hne) as (a' & A & B & ->). now exists a'.
    + rewrite coordinate_form by (auto; now apply ray_length).
      change (IZR (zdot (dual_row i a) (ray j b)) < 0) in Hs.
      pose proof (Rinv_0_lt_compat _ (delta_pos i)). nra.
Qed.

(** ** Classes and vectors *)
Notation gs := (generators S F xs).
Notation DX := (IZR (Zpos (den_x D))). Notation DS := (IZR (Zpos (den_slopes S))).
Definition product (r : row) (v : vector) : R :=
  sum (points p) (fun k => zvec r k * rho p (dot p v (input p k))).

Lemma generator_product r q : length r = points p -> (q < length (fan_rays F))%nat ->
  length (nth q (fan_rays F) []) = n ->
  IZR (nth q (map (zdot r) gs) 0%Z) = DS * DX * product r (zvec (nth q (fan_rays F) [])).
Proof.
  intros Hr Hq Hl. unfold generators. rewrite map_map, (nth_map_lt _ _ q []) by auto.
  rewrite (zdot_sum (points p)) by (auto; rewrite map_length; apply (length_X S D)).
  unfold product. rewrite <- sum_scal. apply sum_ext. intros k Hk.
  unfold zvec at 2. rewrite (nth_map_lt _ _ k []) by (rewrite (length_X S D); exact Hk).
  assert (Hx : length (nth k xs []) = n).
  { apply all_sized_nth; [apply (sized_X S P D Hok) | rewrite (length_X S D); exact Hk]. }
  rewrite (act_spec S _ DX (dot p (zvec (nth q (fan_rays F) [])) (input p k)) (IZR_Zpos _)).
  - fold p. ring.
  - rewrite (zdot_sum n) by auto. unfold dot. change (inputs p) with n. rewrite <- sum_scal.
    apply sum_ext. intros a _. change (zvec (nth k xs []) a) with (zmat xs k a).
    rewrite (X_spec S P D Hok k a). fold p. ring.
Qed.

(** A neuron in a cone has a class, and the vectors good for the class are good for the neuron. *)
Lemma neuron_class v (hv : R) i : (i < length cones)%nat -> inside n coordinate i v ->
  exists c, (N.to_nat c < 2 * length (fan_regions F))%nat /\
    forall r, length r = points p -> nth (N.to_nat c) (good_classes F gs r) false = true ->
      0 <= hv * product r v.
Proof.
  intros Hi Hin. destruct (cone_parts i Hi) as ((A & B) & _ & _ & _ & Hsign & _ & Hg & Hincl).
  set (c := nth i cones no_cone) in *. set (g := N.to_nat (cone_region c)) in *.
  set (e := if Rle_dec 0 hv then true else false).
  exists (N.of_nat (2 * g + if e then 0 else 1)). rewrite Nnat.Nat2N.id.
  split; [destruct e; lia|]. intros r Hr. unfold good_classes. cbv zeta.
  rewrite (nth_pairs _ _ (fan_regions F) g e [] Hg). intros H.
  assert (Hray : forall a, (a < n)%nat -> 0 <= (if e then 1 else -1) * product r (zvec (ray i a))).
  { intros a Ha. destruct (ray_of_index i a Hi Ha) as [Hl Er]. fold c in Hl, Er.
    set (q := nth a (cone_rays c) 0%N) in *.
    assert (Hq : (N.to_nat q < length (fan_rays F))%nat).
    { destruct (Nat.lt_ge_cases (N.to_nat q) (length (fan_rays F))) as [|Hge]; auto. exfalso.
      rewrite nth_overflow in Er by auto. pose proof (ray_length i a Hi Ha) as E. rewrite Er in E.
      simpl in E. lia. }
    pose proof (generator_product r (N.to_nat q) Hr Hq) as E. rewrite <- Er in E.
    specialize (E (ray_length i a Hi Ha)).
    assert (Hin_region : In q (nth g (fan_regions F) [])) by (apply Hincl, nth_In; exact Hl).
    pose proof (IZR_Zpos (den_x D)) as HX. pose proof (IZR_Zpos (den_slopes S)) as HS.
    assert (Hpos : 0 < DS * DX) by (now apply Rmult_lt_0_compat).
    apply (Rmult_le_reg_l (DS * DX)); auto. rewrite Rmult_0_r.
    destruct e; rewrite forallb_forall in H; specialize (H q Hin_region);
      apply Z.leb_le, IZR_le in H; rewrite E in H; lra. }
  assert (Hlin : product r v = sum n (fun a => form n (coordinate i a) v * product r (zvec (ray i a)))).
  { unfold product. rewrite (sum_ext (points p) _ (fun k => sum n (fun a =>
      form n (coordinate i a) v * (zvec r k * rho p (dot p (zvec (ray i a)) (input p k)))))).
    2:{ intros k Hk. rewrite (rho_on_cone p k n (fun a => form n (coordinate i a) v)
          (fun a => zvec (ray i a)) v).
        - rewrite <- sum_scal. apply sum_ext; intros; ring.
        - exact Hin.
        - intros a Ha. now apply (expansion _ _ _ _ covering_complete).
        - assert (Hk' : (k < length xs)%nat) by (rewrite (length_X S D); exact Hk).
          assert (Ek : forall a, (a < n)%nat -> IZR (zdot (nth k xs []) (ray i a))
            = DX * dot p (zvec (ray i a)) (input p k)).
          { intros a Ha. rewrite (zdot_sum n).
            - unfold dot. change (inputs p) with n. rewrite <- sum_scal. apply sum_ext. intros b _.
              change (zvec (nth k xs []) b) with (zmat xs k b). rewrite (X_spec S P D Hok k b). fold p. ring.
            - apply all_sized_nth; [apply (sized_X S P D Hok) | exact Hk'].
            - now apply ray_length. }
          pose proof (IZR_Zpos (den_x D)).
          destruct (Hsign k Hk') as [Hs|Hs]; [left|right]; intros a Ha;
            pose proof (forallb_nth _ _ 0%Z Hs a) as Ha'; rewrite map_length, A in Ha';
            specialize (Ha' Ha); rewrite (nth_map_lt _ _ a []) in Ha' by (now rewrite A);
            apply Z.leb_le, IZR_le in Ha'; change (nth a (rays_of F c) []) with (ray i a) in Ha';
            rewrite Ek in Ha' by auto;
            apply (Rmult_le_reg_l DX); lra. }
    rewrite sum_swap. apply sum_ext. intros a _. apply sum_scal. }
  rewrite Hlin, <- sum_scal. apply sum_ge0. intros a Ha. specialize (Hray a Ha). specialize (Hin a Ha).
  assert (0 <= form n (coordinate i a) v * ((if e then 1 else -1) * product r (zvec (ray i a))))
    by (now apply Rmult_le_pos).
  unfold e in *. destruct (Rle_dec 0 hv) as [Hh|Hh]; nra.
Qed.

Lemma choose_classes (related : nat -> N -> Prop) k : (forall i, (i < k)%nat -> exists c, related i c) ->
  exists used, length used = k /\ (forall i, (i < k)%nat -> exists c, In c used /\ related i c)
    /\ forall c, In c used -> exists i, (i < k)%nat /\ related i c.
Proof.
  induction k as [|k IH]; intros H.
  - exists []. split; auto. split; [intros; lia | intros c []].
  - destruct IH as (used & A & B & C); [intros; apply H; lia|].
    destruct (H k) as (c & Hc); [lia|]. exists (c :: used). split; [simpl; congruence|]. split.
    + intros i Hi. destruct (Nat.eq_dec i k) as [->|]; [exists c; split; [now left|exact Hc]|].
      destruct (B i) as (c' & D1 & D2); [lia|]. exists c'. split; [now right|exact D2].
    + intros c' [<-|Hc']; [exists k; split; [lia|exact Hc]|].
      destruct (C c' Hc') as (i & Hi & Hr). exists i. split; [lia|exact Hr].
Qed.

Lemma bounds_sound r : output_dimension S = 1%nat -> bounds S D value (targets S D) r = true ->
  length r = points p
  /\ sum (points p) (fun k => zvec r k * target p k 0%nat) < 0
  /\ Q2R value * sum (points p) (fun k => zvec r k ^ 2)
     <= scale p * sum (points p) (fun k => zvec r k * target p k 0%nat) ^ 2
  /\ (has_output_bias p = true -> sum (points p) (zvec r) = 0).
Proof.
  intros HJ H. unfold bounds in H. cbv zeta in H. apply andb_prop in H as [H Hb].
  apply andb_prop in H as [H Hy]. apply andb_prop in H as [Hl Hc]. apply Nat.eqb_eq in Hl.
  destruct (form_parts S P D Hok) as (_ & Hrows & HlY & _).
  assert (HlT : length (targets S D) = points p) by (unfold targets; now rewrite map_length).
  pose proof (IZR_Zpos (den_y D)) as Hpy.
  assert (Ey : IZR (zdot r (targets S D)) =
    IZR (Zpos (den_y D)) * sum (points p) (fun k => zvec r k * target p k 0%nat)).
  { rewrite (zdot_sum (points p)) by auto. rewrite <- sum_scal. apply sum_ext. intros k Hk.
    assert (E : zvec (targets S D) k = IZR (Zpos (den_y D)) * target p k 0%nat).
    { unfold zvec, targets. rewrite (nth_map_lt _ _ k []) by (now rewrite HlY).
      apply clear_spec. destruct (ok_parts S P D Hok) as (_ & _ & _ & _ & Hd & _).
      unfold divides_rows in Hd. apply forallb_nth; [apply forallb_nth; auto; now rewrite HlY|].
      rewrite (rows_of_length_nth _ _ _ Hrows) by (now rewrite HlY). simpl. rewrite HJ. lia. }
    rewrite E. ring. }
  assert (Er : IZR (zdot r r) = sum (points p) (fun k => zvec r k ^ 2)).
  { rewrite (zdot_sum (points p)) by auto. apply sum_ext; intros; ring. }
  apply Z.ltb_lt, IZR_lt in Hy. rewrite Ey in Hy.
  split; [exact Hl|]. split; [|split].
  - apply (Rmult_lt_reg_l (IZR (Zpos (den_y D)))); lra.
  - apply Z.leb_le, IZR_le in Hb. rewrite !mult_IZR, Ey, Er in Hb.
    rewrite <- (Q2R_num value), <- (Q2R_num (loss_scale S)) in Hb.
    change (scale p) with (Q2R (loss_scale S)).
    pose proof (IZR_Zpos (Qden value)). pose proof (IZR_Zpos (Qden (loss_scale S))).
    set (a := IZR (Zpos (Qden value))) in *. set (b := IZR (Zpos (Qden (loss_scale S)))) in *.
    set (y := IZR (Zpos (den_y D))) in *.
    apply (Rmult_le_reg_l (a * b * (y * y))); [repeat apply Rmult_lt_0_compat; auto|].
    set (rr := sum (points p) (fun k => zvec r k ^ 2)) in *.
    set (ry := sum (points p) (fun k => zvec r k * target p k 0%nat)) in *.
    replace (ry ^ 2) with (ry * ry) by ring. lra.
  - intros Hbias. change (has_output_bias p) with (with_output_bias S) in Hbias. rewrite Hbias in Hc.
    apply Z.eqb_eq, (f_equal IZR) in Hc. now rewrite (zsum_sum (points p)) in Hc.
Qed.
End Soundness.

Theorem check_global_minimum_of_width_sound S P D value F t :
  check_global_minimum_of_width S P D value F t = true -> is_global_minimum_of_width S P value.
Proof.
  unfold check_global_minimum_of_width. cbv zeta. intros H.
  apply andb_prop in H as [H Ht]. apply andb_prop in H as [Hl HJ]. apply andb_prop in Ht as [HF Ht].
  apply Nat.eqb_eq in HJ. assert (Hok : prepare_ok S P D = true)
    by (unfold check_loss_value in Hl; now apply andb_prop in Hl).
  apply check_loss_value_sound in Hl. split; [exact Hl|]. intros Q HQ.
  unfold loss_is in Hl. rewrite Hl. set (p := problem_of S).
  destruct (cones_cover _ _ _ _ (covering_complete S D F HF)) as (L & HL & Hcover).
  apply (generic_bound p _ L Q HL). intros Q' HQ' Hgen. change (width (network_of S P)) with (m P) in HQ.
  destruct (choose_classes (fun i c => (N.to_nat c < 2 * length (fan_regions F))%nat /\
     forall r, length r = points p -> nth (N.to_nat c) (good_classes F (generators S F (X S D)) r) false = true ->
       0 <= h Q' i 0%nat * product S r (w Q' i)) (m P)) as (used & Hlen & Hused & Hall).
  { intros i Hi. destruct (Hcover (w Q' i)) as (k & Hk & Hin).
    - intros l Hin. apply Hgen; [now rewrite HQ | exact Hin].
    - now apply (neuron_class S P D F Hok HF _ _ k). }
  destruct (node_sound (m P) (2 * length (fan_regions F)) (good_classes F (generators S F (X S D)))
    (bounds S D value (targets S D))) with (t := t) (chosen := @nil N) (excluded := @nil N) (used := used)
    as (r & Hr & Hgood); auto.
  - intros r. apply length_pairs.
  - constructor.
  - intros c [].
  - now rewrite Hlen.
  - intros c Hc. now destruct (Hall c Hc) as (i & _ & H & _).
  - destruct (bounds_sound S P D value Hok r HJ Hr) as (A & B & C & E).
    apply (vector_bound p (scale_positive S P D Hok) (zvec r)); auto.
    intros i Hi. rewrite HQ', HQ in Hi. destruct (Hused i Hi) as (c & Hc & _ & Hprod).
    apply (Hprod r A), (Hgood c Hc).
Qed.

Theorem check_zero_loss_sound S P D :
  check_zero_loss S P D = true -> is_global_minimum_of_width S P 0%Q.
Proof.
  unfold check_zero_loss. intros H. assert (Hok : prepare_ok S P D = true)
    by (unfold check_loss_value in H; now apply andb_prop in H).
  apply check_loss_value_sound in H. split; [exact H|]. intros Q _. unfold loss_is in H. rewrite H.
  simpl real. unfold Q2R. simpl. rewrite Rmult_0_l. unfold loss.
  pose proof (scale_positive S P D Hok). apply Rmult_le_pos; [lra|]. apply squares_ge0.
Qed.
