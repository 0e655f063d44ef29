(** From rational data to integers over common denominators: pre-activations, residuals, and the
    parts of the one-sided derivatives.  The denominators and the classes of parallel data come
    with the witness and are checked; inside there is no division and no gcd. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Integers.
Import ListNotations.
Local Open Scope Z_scope.

(** Common denominators of x; of w and b; of v; of y and c; and two factors that bring the network
    and the targets over one denominator. *)
Record denominators := Denominators {
  den_x : positive; den_w : positive; den_v : positive; den_y : positive;
  factor_network : positive; factor_target : positive;
  rows_x : list positive; rows_w : list positive }.

(** Classes of parallel data: the representative and the direction of each class; for each point
    the position of its class and its (signed) length in it. *)
Record merging := Merging { class_list : list (nat * row); members : list (N * Z) }.

Record kclass := KClass { rep : nat; len : Z; dir : row; kink_sums : row }.

Fixpoint clear_each (ds : list positive) (M : list (list Q)) : list row :=
  match ds, M with dk :: ds', r :: M' => clear_row dk r :: clear_each ds' M' | _, _ => [] end.
Definition each_ok (common : positive) (ds : list positive) (M : list (list Q)) : bool :=
  for_all2 (fun dk r => forallb (divides dk) r
    && Z.eqb ((Zpos common / Zpos dk) * Zpos dk) (Zpos common)) ds M.
Definition cofactors (common : positive) : list positive -> row :=
  map (fun dk => Zpos common / Zpos dk).
(** Entry by entry. *)
Fixpoint zmul (u v : row) : row :=
  match u, v with a :: u', b :: v' => a * b :: zmul u' v' | _, _ => [] end.

(** sum_i coefs_i rows_i, vectors of length n *)
Fixpoint lincomb (n : nat) (coefs : row) (rows : list row) : row :=
  match coefs, rows with
  | a :: coefs', r :: rows' =>
      match a with
      | Z0 => lincomb n coefs' rows'
      | _ => vadd (smul a r) (lincomb n coefs' rows')
      end
  | _, _ => zeros n
  end.
Fixpoint scale_rows (coefs : row) (rows : list row) : list row :=
  match coefs, rows with
  | a :: coefs', r :: rows' => smul a r :: scale_rows coefs' rows' | _, _ => []
  end.
Fixpoint vsum (n : nat) (rows : list row) : row :=
  match rows with [] => zeros n | r :: rows' => vadd r (vsum n rows') end.
(** 2 * (sum of the rows where t > 0) + (sum of the rows where t = 0) *)
Fixpoint signed_sum (n : nat) (ts : row) (rows : list row) : row :=
  match ts, rows with
  | t :: ts', r :: rows' =>
      match t with
      | Zpos _ => vadd r (vadd r (signed_sum n ts' rows'))
      | Z0 => vadd r (signed_sum n ts' rows')
      | Zneg _ => signed_sum n ts' rows'
      end
  | _, _ => zeros n
  end.
(** sum of |length| * e over the members of one class *)
Fixpoint class_sum (q : N) (ms : list (N * Z)) (es : row) : Z :=
  match ms, es with
  | (cl, l) :: ms', e :: es' =>
      if N.eqb cl q then Z.abs l * e + class_sum q ms' es' else class_sum q ms' es'
  | _, _ => 0
  end.
Definition weighted_sign (t : Z) : Z := match t with Zpos _ => 2 | Z0 => 1 | Zneg _ => 0 end.

Section Prepare.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).

Definition m := length (par_w P).
Definition d := ((if with_hidden_biases S then 1 else 0) + input_dimension S)%nat.
Definition den_slopes : positive :=
  Qden (fst (activation_slopes S)) * Qden (snd (activation_slopes S)).
Definition plus : Z := Qnum (fst (activation_slopes S)) * Zpos (Qden (snd (activation_slopes S))).
Definition minus : Z := Qnum (snd (activation_slopes S)) * Zpos (Qden (fst (activation_slopes S))).
Definition act (t : Z) : Z := match t with Zpos _ => plus * t | _ => minus * t end.

Definition X : list row := clear_rows (den_x D) (augmented_x S).
Definition W : list row := clear_rows (den_w D) (augmented_w S P).
Definition V : list row := clear_rows (den_v D) (par_v P).
Definition preactivations (xs : list row) (u : row) : row := map (zdot u) xs.
Definition X_rows : list row := clear_each (rows_x D) (augmented_x S).
Definition W_rows : list row := clear_each (rows_w D) (augmented_w S P).
Definition T : list row := let xs := X_rows in map (preactivations xs) W_rows.
Definition height (vs : list row) (i : nat) : row := map (fun r => nth i r 0) vs.

(** Residuals times [unit_e]: J rows of length N. *)
Definition unit_e : positive := factor_network D * (den_v D * den_slopes * den_w D * den_x D).
Definition output_shift (j : nat) (y : list Q) : Z :=
  (if with_output_bias S then clear (den_y D) (nth j (par_c P) 0%Q) else 0)
  - clear (den_y D) (nth j y 0%Q).
Definition residual_row (acts : list row) (j : nat) (v : row) : row :=
  vadd (smul (Zpos (factor_network D)) (zmul (cofactors (den_x D) (rows_x D))
         (lincomb (length (data_x S)) (zmul (cofactors (den_w D) (rows_w D)) v) acts)))
       (smul (Zpos (factor_target D)) (map (output_shift j) (data_y S))).
Definition residual_rows (ts : list row) : list row :=
  let acts := map (map act) ts in
  map (fun jv => residual_row acts (fst jv) (snd jv))
      (combine (seq 0 (output_dimension S)) V).

Definition class_of (es : list row) (q : N) (rd : nat * row) : kclass :=
  KClass (fst rd) (snd (nth (fst rd) (members M) (0%N, 0))) (snd rd)
         (map (fun e => (plus - minus) * class_sum q (members M) e) es).
Fixpoint classes_from (es : list row) (q : N) (l : list (nat * row)) : list kclass :=
  match l with [] => [] | rd :: l' => class_of es q rd :: classes_from es (N.succ q) l' end.

Record prepared := Prepared {
  p_X : list row; p_W : list row; p_V : list row; p_T : list row; p_E : list row;
  p_columns : list (list row);   (* J times N rows e_kj x_k *)
  p_totals : list row;           (* their sums, J rows *)
  p_classes : list kclass }.

Definition prepare : prepared :=
  let xs := X in let ts := T in let es := residual_rows ts in
  let columns := map (fun e => scale_rows e xs) es in
  Prepared xs W V ts es columns (map (vsum d) columns) (classes_from es 0 (class_list M)).

Definition member_ok (x : row) (cl : N * Z) : bool :=
  match snd cl with
  | Z0 => all_zero x
  | l => match nth_error (class_list M) (N.to_nat (fst cl)) with
         | Some rd => row_eqb x (smul l (snd rd)) | None => false end
  end.
Definition class_ok (q : N) (rd : nat * row) : bool :=
  Nat.eqb (length (snd rd)) d && negb (all_zero (snd rd))
  && Z.ltb 0 (snd (nth (fst rd) (members M) (0%N, 0)))
  && N.eqb (fst (nth (fst rd) (members M) (0%N, 0))) q.
Fixpoint classes_ok (q : N) (l : list (nat * row)) : bool :=
  match l with [] => true | rd :: l' => class_ok q rd && classes_ok (N.succ q) l' end.

Definition well_formed : bool := well_shaped S P && Z.ltb 0 (Qnum (loss_scale S)).
Definition divides_c : bool := forallb (divides (den_y D)) (par_c P).
Definition prepare_ok : bool :=
  well_formed
  && divides_rows (den_x D) (augmented_x S) && divides_rows (den_w D) (augmented_w S P)
  && divides_rows (den_v D) (par_v P) && divides_rows (den_y D) (data_y S) && divides_c
  && each_ok (den_x D) (rows_x D) (augmented_x S)
  && each_ok (den_w D) (rows_w D) (augmented_w S P)
  && Pos.eqb unit_e (factor_target D * den_y D).
(** Only needed where derivatives are. *)
Definition merging_ok (pre : prepared) : bool :=
  for_all2 member_ok (p_X pre) (members M) && classes_ok 0 (class_list M).

(** The linear part A_i of psi_i (times a positive number): J rows. *)
Definition linear_part_row (ts : row) (columns : list row) (total : row) : row :=
  vadd (smul (2 * minus) total) (smul (plus - minus) (signed_sum d ts columns)).
Fixpoint linear_parts (ts : row) (cols : list (list row)) (totals : list row) : list row :=
  match cols, totals with
  | c :: cols', t :: totals' => linear_part_row ts c t :: linear_parts ts cols' totals'
  | _, _ => []
  end.
Definition on_kink (u : row) (k : kclass) : bool := Z.eqb (zdot u (dir k)) 0.

(** v -> linear . v + sum over the kinks of coefficient * |direction . v| *)
Record functional := Functional { linear : row; kinks : list (kclass * Z) }.
Definition contract (parts : list row) (ks : list kclass) (g : row) : functional :=
  Functional (lincomb d g parts) (map (fun k => (k, zdot g (kink_sums k))) ks).
End Prepare.

(** ** What the integers stand for *)
Local Open Scope R_scope.

Lemma zmul_spec n u v : length u = n -> length v = n -> length (zmul u v) = n /\
  forall k, zvec (zmul u v) k = zvec u k * zvec v k.
Proof.
  revert u v. induction n as [|n IH]; intros [|a u] [|b v] Hu Hv; try discriminate.
  - split; auto. intros k. simpl. rewrite zvec_nil. ring.
  - destruct (IH u v ltac:(simpl in *; lia) ltac:(simpl in *; lia)) as [A B].
    split; [simpl; congruence|]. intros [|k].
    + unfold zvec. simpl. apply mult_IZR.
    + exact (B k).
Qed.

Lemma each_spec common ds M : each_ok common ds M = true ->
  length ds = length M /\ length (clear_each ds M) = length M /\
  forall k, (k < length M)%nat ->
    length (nth k (clear_each ds M) []) = length (nth k M [])
    /\ (forall a, zmat (clear_each ds M) k a
         = IZR (Zpos (nth k ds 1%positive)) * Q2R (nth a (nth k M []) 0%Q))
    /\ IZR (Zpos (nth k ds 1%positive)) * zvec (cofactors common ds) k = IZR (Zpos common).
Proof.
  revert M. induction ds as [|dk ds IH]; intros [|r M] H; simpl in H; try discriminate.
  - split; [reflexivity|]. split; [reflexivity|]. intros k Hk. simpl in Hk. lia.
  - apply andb_prop in H as [H HM]. apply andb_prop in H as [H1 H2]. apply Z.eqb_eq in H2.
    destruct (IH M HM) as (A & B & C). split; [simpl; congruence|]. split; [simpl; congruence|].
    intros [|k] Hk; [|apply (C k); simpl in Hk; lia]. repeat split.
    + simpl. unfold clear_row. apply map_length.
    + intros a. unfold zmat. simpl nth. now apply clear_row_spec.
    + unfold zvec. simpl nth. rewrite <- H2 at 2. rewrite mult_IZR. ring.
Qed.

Lemma length_lincomb n coefs rows : all_sized n rows -> length (lincomb n coefs rows) = n.
Proof.
  revert rows. induction coefs as [|a coefs IH]; intros [|r rows] H; try apply length_zeros.
  simpl. assert (Hr : length r = n) by (apply H; simpl; auto).
  assert (Hl : length (lincomb n coefs rows) = n) by (apply IH; intros r' ?; apply H; simpl; auto).
  destruct a; auto; rewrite length_vadd; rewrite length_smul; congruence.
Qed.
Lemma lincomb_spec n m coefs rows a : all_sized n rows -> length coefs = m -> length rows = m ->
  zvec (lincomb n coefs rows) a = sum m (fun i => zvec coefs i * zmat rows i a).
Proof.
  revert coefs rows. induction m as [|m IH]; intros [|z coefs] [|r rows] H Hc Hr; try discriminate.
  - apply zvec_zeros.
  - rewrite sum_shift. simpl lincomb.
    assert (Hs : length r = n) by (apply H; simpl; auto).
    assert (Ha : all_sized n rows) by (intros r' ?; apply H; simpl; auto).
    assert (Hl := length_lincomb n coefs rows Ha).
    assert (E := IH coefs rows Ha ltac:(simpl in *; lia) ltac:(simpl in *; lia)).
    change (zvec (z :: coefs) O) with (IZR z). change (zmat (r :: rows) O a) with (zvec r a).
    rewrite (sum_ext m (fun k => zvec (z :: coefs) (Datatypes.S k) * zmat (r :: rows) (Datatypes.S k) a)
       (fun i => zvec coefs i * zmat rows i a)) by (intros; reflexivity).
    destruct z; [rewrite E; lra| |]; rewrite zvec_vadd, zvec_smul, E;
      try reflexivity; rewrite length_smul; congruence.
Qed.

Lemma scale_rows_spec n coefs rows : length coefs = n -> length rows = n ->
  length (scale_rows coefs rows) = n /\
  forall k a, (k < n)%nat -> zmat (scale_rows coefs rows) k a = zvec coefs k * zmat rows k a.
Proof.
  revert coefs rows. induction n as [|n IH]; intros [|z coefs] [|r rows] Hc Hr; try discriminate.
  - split; auto. intros; lia.
  - destruct (IH coefs rows ltac:(simpl in *; lia) ltac:(simpl in *; lia)) as [A B].
    split; [simpl; congruence|]. intros [|k] a Hk.
    + unfold zmat at 1. simpl. rewrite zvec_smul. reflexivity.
    + apply (B k a). lia.
Qed.
Lemma scale_rows_sized n coefs rows : all_sized n rows -> all_sized n (scale_rows coefs rows).
Proof.
  revert rows. induction coefs as [|z coefs IH]; intros [|r rows] H x Hx; simpl in Hx; try tauto.
  destruct Hx as [<-|Hx].
  - rewrite length_smul. apply H; simpl; auto.
  - apply (IH rows); auto. intros r' ?. apply H; simpl; auto.
Qed.

Lemma vsum_spec n rows : all_sized n rows -> length (vsum n rows) = n /\
  forall a, zvec (vsum n rows) a = sum (length rows) (fun k => zmat rows k a).
Proof.
  induction rows as [|r rows IH]; intros H.
  - split; [apply length_zeros|]. intros a. apply zvec_zeros.
  - destruct IH as [A B]; [intros x Hx; apply H; simpl; auto|].
    assert (Hr : length r = n) by (apply H; simpl; auto).
    split; [simpl; rewrite length_vadd; congruence|].
    intros a. simpl length. rewrite sum_shift. simpl vsum. rewrite zvec_vadd, B by congruence.
    reflexivity.
Qed.

Lemma signed_sum_spec n ts rows : all_sized n rows -> length ts = length rows ->
  length (signed_sum n ts rows) = n /\
  forall a, zvec (signed_sum n ts rows) a =
    sum (length rows) (fun k => IZR (weighted_sign (nth k ts 0%Z)) * zmat rows k a).
Proof.
  revert ts. induction rows as [|r rows IH]; intros [|t ts] H Hl; try discriminate.
  - split; [apply length_zeros|]. intros a. apply zvec_zeros.
  - destruct (IH ts) as [A B]; [intros x Hx; apply H; simpl; auto | simpl in Hl; lia |].
    assert (Hr : length r = n) by (apply H; simpl; auto).
    assert (L1 : length (vadd r (signed_sum n ts rows)) = n) by (rewrite length_vadd; congruence).
    split.
    + simpl. destruct t; auto. rewrite length_vadd; congruence.
    + intros a. simpl length. rewrite sum_shift. simpl nth.
      change (zmat (r :: rows) O a) with (zvec r a).
      rewrite (sum_ext (length rows) (fun k => _ * zmat (r :: rows) (Datatypes.S k) a)
        (fun k => IZR (weighted_sign (nth k ts 0%Z)) * zmat rows k a)) by (intros; reflexivity).
      rewrite <- B. destruct t; simpl signed_sum; simpl weighted_sign;
        rewrite ?zvec_vadd by congruence; lra.
Qed.

Lemma class_sum_spec q n ms es : length ms = n -> length es = n ->
  IZR (class_sum q ms es) = sum n (fun k =>
    (if N.eqb (fst (nth k ms (0%N, 0%Z))) q then Rabs (IZR (snd (nth k ms (0%N, 0%Z)))) else 0)
    * zvec es k).
Proof.
  revert ms es. induction n as [|n IH]; intros [|[cl l] ms] [|e es] Hm He; try discriminate; auto.
  rewrite sum_shift. simpl class_sum.
  assert (E := IH ms es ltac:(simpl in *; lia) ltac:(simpl in *; lia)).
  simpl nth. simpl fst. simpl snd. change (zvec (e :: es) O) with (IZR e).
  rewrite (sum_ext n _ (fun k => (if N.eqb (fst (nth k ms (0%N, 0%Z))) q
     then Rabs (IZR (snd (nth k ms (0%N, 0%Z)))) else 0) * zvec es k)) by (intros; reflexivity).
  destruct (N.eqb cl q).
  - rewrite plus_IZR, mult_IZR, E, abs_IZR. reflexivity.
  - rewrite E. lra.
Qed.
